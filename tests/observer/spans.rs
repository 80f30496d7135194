//! What spans are told of gets, creates, checks and resets, and what is done within them.

use super::*;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pool_tokio::{Operation, Span, Usage};
use tokio::sync::Semaphore;

/// Writes down what begins, goes on and ends, each line behind the spans that it happens in.
#[derive(Clone)]
struct Journal(Arc<Pages>);

struct Pages {
    /// The spans that are entered, the innermost last. The tests run on one thread.
    within: Mutex<Vec<Operation>>,
    lines: Mutex<Vec<String>>,
    gate: Semaphore,
    fails: AtomicBool,
}

impl Journal {
    fn new() -> Self {
        let (within, lines) = (Mutex::default(), Mutex::default());
        let (gate, fails) = (Semaphore::new(0), AtomicBool::new(false));
        Self(Arc::new(Pages { within, lines, gate, fails }))
    }

    fn pool(&self) -> Pool<Client> {
        let builder = Pool::<Client>::builder(self.clone()).max_size(1).create_backoff(None);
        builder.observer(self.clone()).build().expect("settings agree")
    }

    /// Lets so many pieces of the client's work go on.
    fn open(&self, count: usize) {
        self.0.gate.add_permits(count);
    }

    fn fail(&self) {
        self.0.fails.store(true, Relaxed);
    }

    fn write(&self, what: impl AsRef<str>) {
        let within = self.0.within.lock();
        let spans = within.iter().map(|operation| format!("{operation:?} > "));
        let line = spans.chain([what.as_ref().to_owned()]).collect();
        self.0.lines.lock().push(line);
    }

    #[track_caller]
    fn assert_next(&self, expected: &[&str]) {
        assert_eq!(std::mem::take(&mut *self.0.lines.lock()), expected);
        assert!(self.0.within.lock().is_empty(), "a span was entered and not left");
    }

    /// A client's work: at once, or when the gate opens.
    async fn work(&self, what: &str) -> Result<(), &'static str> {
        self.write(format!("{what} starts"));
        let passed = Passing { journal: self, what };
        self.0.gate.acquire().await.expect("never closed").forget();
        passed.write("goes on");
        std::mem::forget(passed);
        if self.0.fails.swap(false, Relaxed) { Err("refused") } else { Ok(()) }
    }
}

/// Says that some work was cut short.
struct Passing<'a> {
    journal: &'a Journal,
    what: &'a str,
}

impl Passing<'_> {
    fn write(&self, how: &str) {
        self.journal.write(format!("{} {how}", self.what));
    }
}

impl Drop for Passing<'_> {
    fn drop(&mut self) {
        self.write("is dropped");
    }
}

impl Observer for Journal {
    fn observe(&self, event: &Event) {
        match event {
            Event::Get { outcome, .. } => self.write(format!("told: get {outcome:?}")),
            Event::Create { outcome, .. } => self.write(format!("told: create {outcome:?}")),
            Event::Recycle { outcome, .. } => self.write(format!("told: check {outcome:?}")),
            Event::Reset { outcome, .. } => self.write(format!("told: reset {outcome:?}")),
            _ => {}
        }
    }

    fn begin(&self, operation: Operation) -> Option<Box<dyn Span>> {
        self.write(format!("{operation:?} begins"));
        Some(Box::new(Chapter { journal: self.clone(), operation }))
    }
}

struct Chapter {
    journal: Journal,
    operation: Operation,
}

impl Span for Chapter {
    fn enter(&self, work: &mut dyn FnMut()) {
        self.journal.0.within.lock().push(self.operation);
        work();
        assert_eq!(self.journal.0.within.lock().pop(), Some(self.operation));
    }

    fn end(&self, event: &Event) {
        let (Event::Get { waited: took, .. }
        | Event::Create { took, .. }
        | Event::Recycle { took, .. }
        | Event::Reset { took, .. }) = event
        else {
            panic!("{event:?} ends no span")
        };
        self.journal.write(format!("{:?} ends after {took:?}", self.operation));
    }
}

/// Whose every work waits at the journal's gate.
struct Client;

impl Pooled for Client {
    type Resource = Journal;
    type Config = Journal;
    type Error = &'static str;

    async fn create(journal: &Journal) -> Result<Journal, &'static str> {
        journal.work("connect").await.map(|()| journal.clone())
    }

    async fn recycle(it: &mut Journal, _: &Journal, _: &Usage<'_>) -> Result<(), &'static str> {
        it.work("ping").await
    }

    async fn reset(journal: &mut Journal) -> Result<(), &'static str> {
        journal.work("rollback").await
    }
}

/// What is written when the first get is served.
const MADE: &[&str] = &[
    "Get begins",
    "Get > Create begins",
    "Get > Create > connect starts",
    "Get > Create > connect goes on",
    "Get > Create > told: create Succeeded",
    "Get > Create ends after 0ns",
    "Get > told: get Served",
    "Get ends after 0ns",
];

#[tokio::test(start_paused = true)]
async fn a_create_is_within_the_get_that_begins_it_and_what_it_does_within_it() {
    let journal = Journal::new();
    let pool = journal.pool();
    journal.open(1);
    let item = pool.get().await.expect("made");
    journal.assert_next(MADE);
    drop(item);
}

#[tokio::test(start_paused = true)]
async fn a_reset_is_followed_where_it_begins_and_on_in_the_executor() {
    let journal = Journal::new();
    let pool = journal.pool();
    journal.open(1);
    drop(pool.get().await.expect("made"));
    journal.assert_next(&[MADE, &["Reset begins", "Reset > rollback starts"]].concat());
    advance(ms(4)).await;
    journal.open(1);
    let_others_run().await;
    journal.assert_next(&[
        "Reset > rollback goes on",
        "Reset > told: reset Succeeded",
        "Reset ends after 4ms",
    ]);
}

#[tokio::test(start_paused = true)]
async fn a_check_is_within_its_get_and_so_is_the_create_after_a_failed_one() {
    let journal = Journal::new();
    let pool = journal.pool();
    assert!(pool.insert(journal.clone()).is_ok());
    journal.fail();
    journal.open(2);
    drop(pool.get().await.expect("made anew"));
    journal.assert_next(&[
        "Get begins",
        "Get > Recycle begins",
        "Get > Recycle > ping starts",
        "Get > Recycle > ping goes on",
        "Get > Recycle > told: check Failed",
        "Get > Recycle ends after 0ns",
        "Get > Create begins",
        "Get > Create > connect starts",
        "Get > Create > connect goes on",
        "Get > Create > told: create Succeeded",
        "Get > Create ends after 0ns",
        "Get > told: get Served",
        "Get ends after 0ns",
        "Reset begins",
        "Reset > rollback starts",
    ]);
}

#[tokio::test(start_paused = true)]
async fn a_get_that_is_served_at_once_begins_nothing() {
    let journal = Journal::new();
    let builder = Pool::<Client>::builder(journal.clone()).observer(journal.clone());
    let builder = builder.recycle_policy(RecyclePolicy::Never);
    let pool = builder.build().expect("settings agree");
    assert!(pool.insert(journal.clone()).is_ok());
    let item = pool.get().await.expect("idle");
    journal.assert_next(&["told: get Served"]);
    drop(pool_tokio::Item::detach(item));
    drop(pool.get());
    journal.assert_next(&[]);
}

#[tokio::test(start_paused = true)]
async fn a_get_that_waits_is_followed_to_its_end_whatever_that_is() {
    let journal = Journal::new();
    let pool = journal.pool();
    journal.open(1);
    let held = pool.get().await.expect("made");
    journal.assert_next(MADE);

    assert!(pool.get_timeout(ms(30)).await.is_err());
    journal.assert_next(&["Get begins", "Get > told: get TimedOut", "Get ends after 30ms"]);

    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    journal.assert_next(&["Get begins"]);
    advance(ms(7)).await;
    drop(get);
    journal.assert_next(&["Get > told: get Cancelled", "Get ends after 7ms"]);

    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    advance(ms(8)).await;
    journal.open(1);
    drop(held);
    let_others_run().await;
    assert!(poll_once(get.as_mut()).is_pending(), "its check waits at the gate");
    journal.assert_next(&[
        "Get begins",
        "Reset begins",
        "Reset > rollback starts",
        "Reset > rollback goes on",
        "Reset > told: reset Succeeded",
        "Reset ends after 0ns",
        "Get > Recycle begins",
        "Get > Recycle > ping starts",
    ]);
    drop(get);
    journal.assert_next(&["Get > told: get Cancelled", "Get ends after 8ms"]);
    advance(ms(2)).await;
    journal.fail();
    journal.open(1);
    let_others_run().await;
    journal.assert_next(&[
        "Recycle > ping goes on",
        "Recycle > told: check Failed",
        "Recycle ends after 2ms",
    ]);

    journal.fail();
    journal.open(1);
    assert!(pool.get().await.is_err());
    journal.assert_next(&[
        "Get begins",
        "Get > Create begins",
        "Get > Create > connect starts",
        "Get > Create > connect goes on",
        "Get > Create > told: create Failed",
        "Get > Create ends after 0ns",
        "Get > told: get Failed",
        "Get ends after 0ns",
    ]);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_outlives_its_get_is_followed_in_the_executor_to_its_end() {
    let journal = Journal::new();
    let pool = journal.pool();
    assert!(pool.get_timeout(ms(5)).await.is_err());
    journal.assert_next(&[
        "Get begins",
        "Get > Create begins",
        "Get > Create > connect starts",
        "Get > told: get TimedOut",
        "Get ends after 5ms",
    ]);
    advance(ms(6)).await;
    journal.open(1);
    let_others_run().await;
    journal.assert_next(&[
        "Create > connect goes on",
        "Create > told: create Succeeded",
        "Create ends after 11ms",
    ]);
}

#[tokio::test(start_paused = true)]
async fn what_is_pending_goes_on_in_its_own_span_beside_its_get() {
    let journal = Journal::new();
    let pool = journal.pool();
    assert!(pool.insert(journal.clone()).is_ok());
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    journal.assert_next(&["Get begins", "Get > Recycle begins", "Get > Recycle > ping starts"]);
    advance(ms(3)).await;
    journal.fail();
    journal.open(1);
    let_others_run().await;
    journal.assert_next(&[
        "Recycle > ping goes on",
        "Recycle > told: check Failed",
        "Recycle ends after 3ms",
    ]);
    // Its room is the get's, which begins a create when it looks.
    assert!(poll_once(get.as_mut()).is_pending());
    journal.assert_next(&["Get > Create begins", "Get > Create > connect starts"]);
    advance(ms(4)).await;
    journal.open(1);
    let_others_run().await;
    journal.assert_next(&[
        "Create > connect goes on",
        "Create > told: create Succeeded",
        "Create ends after 4ms",
    ]);
    let _item = get.await.expect("made anew");
    journal.assert_next(&["Get > told: get Served", "Get ends after 7ms"]);
}

#[tokio::test(start_paused = true)]
async fn a_create_whose_time_is_over_is_dropped_within_its_span() {
    let journal = Journal::new();
    let builder = Pool::<Client>::builder(journal.clone()).create_timeout(ms(20));
    let pool = builder.observer(journal.clone()).build().expect("settings agree");
    assert!(pool.get().await.is_err());
    journal.assert_next(&[
        "Get begins",
        "Get > Create begins",
        "Get > Create > connect starts",
        "Create > connect is dropped",
        "Create > told: create TimedOut",
        "Create ends after 20ms",
        "Get > told: get TimedOut",
        "Get ends after 20ms",
    ]);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_use_is_dropped_within_its_span() {
    let journal = Journal::new();
    let pool = journal.pool();
    drop(poll_once(Box::pin(pool.get()).as_mut()));
    std::mem::take(&mut *journal.0.lines.lock());
    advance(ms(5)).await;
    pool.close().await;
    journal.assert_next(&[
        "Create > connect is dropped",
        "Create > told: create CutShort",
        "Create ends after 5ms",
    ]);
}

#[tokio::test(start_paused = true)]
async fn of_two_observers_the_first_has_the_outer_spans_and_each_may_have_none() {
    for (one, other) in [(true, true), (true, false), (false, true)] {
        let journal = Journal::new();
        let of = |wanted: bool, name| Named { wanted, name, journal: journal.clone() };
        let builder = Pool::<Client>::builder(journal.clone());
        let builder = builder.observer((of(one, "one"), of(other, "other")));
        let pool = builder.build().expect("settings agree");
        let mut get = Box::pin(pool.get_timeout(Duration::ZERO));
        assert!(poll_once(get.as_mut()).is_ready());
        let mut expected = Vec::new();
        for (line, is_of_one, is_of_other) in
            [("one in", true, false), ("other in", false, true), ("connect starts", true, true)]
        {
            if (is_of_one && one) || (is_of_other && other) || line == "connect starts" {
                expected.push(line);
            }
        }
        let lines = std::mem::take(&mut *journal.0.lines.lock());
        let create = lines.iter().position(|line| line == "connect starts").expect("started");
        let innermost = &lines[create + 1 - expected.len()..=create];
        assert_eq!(innermost, expected, "{lines:?}");
        let told = |line: &str| lines.iter().filter(|it| *it == line).count();
        assert_eq!((told("one told"), told("other told")), (1, 1), "{lines:?}");
        assert_eq!(told("one ends"), usize::from(one), "{lines:?}");
        assert_eq!(told("other ends"), usize::from(other), "{lines:?}");
    }
}

/// Says when its spans are entered.
#[derive(Clone)]
struct Named {
    wanted: bool,
    name: &'static str,
    journal: Journal,
}

impl Observer for Named {
    fn observe(&self, _: &Event) {
        self.journal.write(format!("{} told", self.name));
    }

    fn begin(&self, _: Operation) -> Option<Box<dyn Span>> {
        self.wanted.then(|| Box::new(self.clone()) as _)
    }
}

impl Span for Named {
    fn enter(&self, work: &mut dyn FnMut()) {
        self.journal.write(format!("{} in", self.name));
        work();
    }

    fn end(&self, _: &Event) {
        self.journal.write(format!("{} ends", self.name));
    }
}
