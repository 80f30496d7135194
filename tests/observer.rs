//! What an observer is told of gets and of the resource's own code, to the millisecond. Of resources
//! that come and go it is told in `observer/resources.rs`, its spans are in `observer/spans.rs`, and
//! what holds whatever it does is in `observer/laws.rs` and `observer/mischief.rs`.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pool_core::testing::{Backend, CleanupProbe, Plan, Probe};
use pool_tests::{OnTokio, let_others_run, poll_once};
use pool_tokio::{
    Builder, DiscardReason, Event, GetError, GetOutcome, Observer, Outcome, Pool, Pooled,
    RecyclePolicy, Runtime, Sleep, Task, Tokio,
};
use tokio::time::{advance, sleep};

#[path = "observer/laws.rs"]
mod laws;
#[path = "observer/mischief.rs"]
mod mischief;
#[path = "observer/resources.rs"]
mod resources;
#[path = "observer/spans.rs"]
mod spans;

/// Writes down what it is told.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<Event>>>);

impl Observer for Diary {
    fn observe(&self, event: &Event) {
        self.0.lock().push(*event);
    }
}

impl Diary {
    /// A pool of one that tells the diary everything, and whose checks are never due.
    fn pool(&self, backend: &Backend) -> Pool<Probe> {
        self.builder(backend).recycle_policy(RecyclePolicy::Never).build().expect("settings agree")
    }

    /// A pool of one that tells the diary everything, and whose only resource is idle.
    async fn idle(&self, backend: &Backend, builder: Builder<Probe, Tokio>) -> Pool<Probe> {
        let pool = builder.build().expect("settings agree");
        assert!(pool.insert(Probe::new(backend)).is_ok());
        let_others_run().await;
        self.assert_next([Event::Insert]);
        pool
    }

    fn builder(&self, backend: &Backend) -> Builder<Probe, Tokio> {
        backend.pool().max_size(1).observer(self.clone())
    }

    fn with_cleanup(&self, backend: &Backend) -> Builder<CleanupProbe, Tokio> {
        Pool::<CleanupProbe>::builder(backend.clone()).max_size(1).observer(self.clone())
    }

    /// Checks what has been told since the last time.
    fn assert_next(&self, expected: impl AsRef<[Event]>) {
        assert_eq!(self.take(), expected.as_ref());
    }

    fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.0.lock())
    }
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn got(outcome: GetOutcome, millis: u64) -> Event {
    Event::Get { outcome, waited: ms(millis) }
}

fn created(outcome: Outcome, millis: u64) -> Event {
    Event::Create { outcome, took: ms(millis) }
}

fn checked(outcome: Outcome, millis: u64) -> Event {
    Event::Recycle { outcome, took: ms(millis) }
}

fn was_reset(outcome: Outcome, millis: u64) -> Event {
    Event::Reset { outcome, took: ms(millis) }
}

fn returned(millis: u64) -> Event {
    Event::Return { held: ms(millis) }
}

fn discarded(reason: DiscardReason) -> Event {
    Event::Discard { reason }
}

/// Tokio without tasks: whatever is left to the executor is dropped.
struct Taskless(Tokio);

impl Taskless {
    fn builder<P: Pooled<Config = Backend>>(backend: &Backend, diary: &Diary) -> Builder<P, Self> {
        let builder = Builder::new(backend.clone(), Self(Tokio::default()));
        builder.max_size(1).observer(diary.clone())
    }
}

impl Runtime for Taskless {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.0.sleep(duration)
    }

    fn spawn(&self, task: Task) {
        drop(task);
    }
}

#[tokio::test(start_paused = true)]
async fn a_get_served_at_once_waits_no_time_and_the_return_says_how_long_held() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let builder = diary.builder(&backend).recycle_policy(RecyclePolicy::Never);
    let pool = diary.idle(&backend, builder).await;
    for held in [7, 0, 30_000] {
        let item = pool.get().await.expect("idle");
        diary.assert_next([got(GetOutcome::Served, 0)]);
        advance(ms(held)).await;
        drop(item);
        diary.assert_next([returned(held)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_get_that_was_never_polled_is_told_to_nobody() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = diary.pool(&backend);
    drop(pool.get());
    diary.assert_next([]);
}

#[tokio::test(start_paused = true)]
async fn a_waited_get_tells_how_long_from_its_first_poll_to_its_end() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = diary.pool(&backend);
    let held = pool.get().await.expect("made");
    diary.assert_next([created(Outcome::Succeeded, 0), got(GetOutcome::Served, 0)]);
    let mut get = Box::pin(pool.get());
    advance(ms(3)).await;
    assert!(poll_once(get.as_mut()).is_pending());
    advance(ms(20)).await;
    drop(held);
    diary.assert_next([returned(23)]);
    advance(ms(4)).await;
    let item = get.await.expect("handed over");
    diary.assert_next([got(GetOutcome::Served, 24)]);
    advance(ms(2)).await;
    drop(item);
    diary.assert_next([returned(2)]);
}

#[tokio::test(start_paused = true)]
async fn a_get_that_gets_nothing_tells_why_and_after_how_long() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let builder = diary.builder(&backend).max_waiting(1);
    let pool = diary.idle(&backend, builder).await;
    let held = pool.get().await.expect("fit");
    diary.assert_next([checked(Outcome::Succeeded, 0), got(GetOutcome::Served, 0)]);
    assert!(pool.get_timeout(ms(30)).await.is_err());
    diary.assert_next([got(GetOutcome::TimedOut, 30)]);
    assert!(pool.get_timeout(Duration::ZERO).await.is_err());
    diary.assert_next([got(GetOutcome::TimedOut, 0)]);
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    assert!(pool.get().await.is_err(), "too many wait");
    diary.assert_next([got(GetOutcome::Failed, 0)]);
    advance(ms(10)).await;
    drop(get);
    diary.assert_next([got(GetOutcome::Cancelled, 10)]);
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    advance(ms(11)).await;
    drop(pool.close());
    assert!(get.await.is_err());
    diary.assert_next([Event::Close, got(GetOutcome::Failed, 11)]);
    drop(held);
    diary.assert_next([returned(51), discarded(DiscardReason::PoolClosed)]);
}

#[tokio::test(start_paused = true)]
async fn a_create_tells_how_it_ended_and_how_long_it_took() {
    for (plan, outcome, of_get, millis) in [
        (Plan::Succeed, Outcome::Succeeded, GetOutcome::Served, 0),
        (Plan::After(ms(5)), Outcome::Succeeded, GetOutcome::Served, 5),
        (Plan::Fail, Outcome::Failed, GetOutcome::Failed, 0),
        (Plan::FailAfter(ms(6)), Outcome::Failed, GetOutcome::Failed, 6),
        (Plan::Hang, Outcome::TimedOut, GetOutcome::TimedOut, 40),
    ] {
        let (backend, diary) = (Backend::on_tokio(), Diary::default());
        let pool = diary.builder(&backend).create_timeout(ms(40)).build().expect("settings agree");
        backend.creates(plan);
        let _gotten = pool.get().await;
        diary.assert_next([created(outcome, millis), got(of_get, millis)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_outlives_its_get_tells_when_it_ends() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = diary.pool(&backend);
    backend.creates(Plan::After(ms(20)));
    assert!(pool.get_timeout(ms(5)).await.is_err());
    diary.assert_next([got(GetOutcome::TimedOut, 5)]);
    sleep(ms(30)).await;
    diary.assert_next([created(Outcome::Succeeded, 20)]);
}

#[tokio::test(start_paused = true)]
async fn the_pause_before_a_create_is_no_part_of_it() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = diary.pool(&backend);
    for failures in 0..5 {
        backend.creates(Plan::FailAfter(ms(5)));
        assert!(pool.get().await.is_err());
        let told = diary.take();
        assert_eq!(told[0], created(Outcome::Failed, 5));
        let Event::Get { waited, .. } = told[1] else { panic!("{told:?}") };
        assert!(failures == 0 || waited > ms(5), "it has paused, too: {told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_panics_or_is_cut_short_tells_so() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = diary.pool(&backend);
    backend.creates(Plan::PanicAtGate);
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    advance(ms(8)).await;
    backend.open(1);
    let_others_run().await;
    diary.assert_next([created(Outcome::Panicked, 8)]);
    assert!(catch_unwind(AssertUnwindSafe(|| poll_once(get.as_mut()).is_ready())).is_err());
    diary.assert_next([got(GetOutcome::Failed, 8)]);
    drop(get);
    diary.assert_next([]);
    // Its get has been dropped, and it goes on until nobody can use it.
    backend.creates(Plan::Hang);
    drop(poll_once(Box::pin(pool.get()).as_mut()));
    diary.assert_next([got(GetOutcome::Cancelled, 0)]);
    advance(ms(9)).await;
    pool.close().await;
    diary.assert_next([Event::Close, created(Outcome::CutShort, 9)]);
    // No executor takes it, not even when it is begun once more.
    let pool = Taskless::builder::<Probe>(&backend, &diary).build().expect("settings agree");
    assert!(matches!(pool.get().await, Err(GetError::NoExecutor)));
    let cut_short = created(Outcome::CutShort, 0);
    diary.assert_next([cut_short, cut_short, got(GetOutcome::Failed, 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_check_tells_how_it_ended_and_how_long_it_took() {
    for (plan, outcome, millis) in [
        (Plan::Succeed, Outcome::Succeeded, 0),
        (Plan::After(ms(5)), Outcome::Succeeded, 5),
        (Plan::Fail, Outcome::Failed, 0),
        (Plan::FailAfter(ms(6)), Outcome::Failed, 6),
        (Plan::Hang, Outcome::TimedOut, 50),
    ] {
        let (backend, diary) = (Backend::on_tokio(), Diary::default());
        let builder = diary.builder(&backend).recycle_timeout(ms(50));
        let pool = diary.idle(&backend, builder).await;
        backend.checks(plan);
        let _item = pool.get().await.expect("fit, or made anew");
        let mut expected = vec![checked(outcome, millis)];
        if outcome != Outcome::Succeeded {
            expected.push(discarded(DiscardReason::Unfit));
            expected.push(created(Outcome::Succeeded, 0));
        }
        expected.push(got(GetOutcome::Served, millis));
        diary.assert_next(expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_that_panics_or_is_cut_short_tells_so() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = diary.idle(&backend, diary.builder(&backend)).await;
    let cut_short = discarded(DiscardReason::CutShort);
    backend.checks(Plan::Panic);
    let mut get = Box::pin(pool.get());
    assert!(catch_unwind(AssertUnwindSafe(|| poll_once(get.as_mut()).is_ready())).is_err());
    drop(get);
    let panicked = checked(Outcome::Panicked, 0);
    diary.assert_next([panicked, cut_short, got(GetOutcome::Failed, 0)]);
    // Later, in the executor.
    assert!(pool.insert(Probe::new(&backend)).is_ok());
    backend.checks(Plan::PanicAtGate);
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    advance(ms(3)).await;
    backend.open(1);
    let_others_run().await;
    diary.assert_next([Event::Insert, checked(Outcome::Panicked, 3), cut_short]);
    assert!(catch_unwind(AssertUnwindSafe(|| poll_once(get.as_mut()).is_ready())).is_err());
    diary.assert_next([got(GetOutcome::Failed, 3)]);
    // Nobody can use what it would let pass.
    backend.checks(Plan::Hang);
    for (change, reason) in [
        (Pool::invalidate_all as fn(&Pool<Probe>), DiscardReason::Invalidated),
        (|pool| drop(pool.close()), DiscardReason::PoolClosed),
    ] {
        assert!(pool.insert(Probe::new(&backend)).is_ok());
        drop(poll_once(Box::pin(pool.get()).as_mut()));
        diary.assert_next([Event::Insert, got(GetOutcome::Cancelled, 0)]);
        advance(ms(4)).await;
        change(&pool);
        let_others_run().await;
        let told: Vec<_> = diary.take().into_iter().filter(|&told| told != Event::Close).collect();
        assert_eq!(told, [checked(Outcome::CutShort, 4), discarded(reason)]);
    }
    // No executor takes it; its get creates.
    let pool = Taskless::builder::<Probe>(&backend, &diary).build().expect("settings agree");
    assert!(pool.insert(Probe::new(&backend)).is_ok());
    let _item = pool.get().await.expect("made anew");
    let made = [created(Outcome::Succeeded, 0), got(GetOutcome::Served, 0)];
    let ended = [Event::Insert, checked(Outcome::CutShort, 0), cut_short];
    diary.assert_next([ended.as_slice(), &made].concat());
}

#[tokio::test(start_paused = true)]
async fn a_check_that_outlives_its_get_tells_when_it_ends() {
    // Its get is dropped, or its get's time is over.
    for (outcome, limit) in [(GetOutcome::Cancelled, ms(20)), (GetOutcome::TimedOut, ms(5))] {
        let (backend, diary) = (Backend::on_tokio(), Diary::default());
        let pool = diary.idle(&backend, diary.builder(&backend)).await;
        backend.checks(Plan::After(ms(30)));
        let get = tokio::time::timeout(ms(5) + ms(1), pool.get_timeout(limit));
        assert!(!matches!(get.await, Ok(Ok(_))));
        let waited = if outcome == GetOutcome::Cancelled { 6 } else { 5 };
        diary.assert_next([got(outcome, waited)]);
        sleep(ms(40)).await;
        diary.assert_next([checked(Outcome::Succeeded, 30)]);
        assert_eq!(pool.status().idle, 1);
    }
}

#[test]
fn a_check_that_anothers_panic_cuts_short_did_not_panic() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let pool = runtime.block_on(async {
        let pool = diary.idle(&backend, diary.builder(&backend)).await;
        backend.checks(Plan::Hang);
        let mut get = Box::pin(pool.get());
        assert!(poll_once(get.as_mut()).is_pending());
        let unwound = catch_unwind(AssertUnwindSafe(move || {
            let _get = get;
            panic!("the caller fails");
        }));
        assert!(unwound.is_err());
        diary.assert_next([got(GetOutcome::Cancelled, 0)]);
        pool
    });
    let unwound = catch_unwind(AssertUnwindSafe(move || {
        let _runtime = runtime;
        panic!("whoever has the executor fails");
    }));
    assert!(unwound.is_err());
    let told = diary.take();
    let cut_short = discarded(DiscardReason::CutShort);
    assert!(
        matches!(told[..], [Event::Recycle { outcome: Outcome::CutShort, .. }, end] if end == cut_short),
        "{told:?}"
    );
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_reset_tells_how_it_ended_and_how_long_it_took() {
    for (plan, outcome, millis) in [
        (Plan::Succeed, Outcome::Succeeded, 0),
        (Plan::After(ms(5)), Outcome::Succeeded, 5),
        (Plan::Fail, Outcome::Failed, 0),
        (Plan::FailAfter(ms(6)), Outcome::Failed, 6),
        (Plan::Panic, Outcome::Panicked, 0),
        (Plan::Hang, Outcome::TimedOut, 60),
    ] {
        let (backend, diary) = (Backend::on_tokio(), Diary::default());
        let pool =
            diary.with_cleanup(&backend).reset_timeout(ms(60)).build().expect("settings agree");
        let item = pool.get().await.expect("made");
        diary.take();
        backend.resets(plan);
        drop(item);
        sleep(ms(100)).await;
        let mut expected = vec![returned(0), was_reset(outcome, millis)];
        if outcome != Outcome::Succeeded {
            expected.push(discarded(DiscardReason::NotReset));
        }
        diary.assert_next(expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reset_that_is_cut_short_tells_so() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = Taskless::builder::<CleanupProbe>(&backend, &diary).build().expect("settings agree");
    let item = pool.get().await.expect("made");
    diary.take();
    backend.resets(Plan::Hang);
    advance(ms(2)).await;
    drop(item);
    let cut_short = was_reset(Outcome::CutShort, 0);
    diary.assert_next([returned(2), cut_short, discarded(DiscardReason::NotReset)]);
}

#[tokio::test(start_paused = true)]
async fn a_try_get_tells_whether_it_was_served_and_its_check_when_that_ends() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = diary.idle(&backend, diary.builder(&backend)).await;
    let (served, refused) = (Event::TryGet { served: true }, Event::TryGet { served: false });
    let item = pool.try_get().expect("fit");
    diary.assert_next([checked(Outcome::Succeeded, 0), served]);
    assert!(pool.try_get().is_err());
    diary.assert_next([refused]);
    advance(ms(4)).await;
    drop(item);
    diary.assert_next([returned(4)]);
    backend.checks(Plan::After(ms(5)));
    assert!(pool.try_get().is_err());
    diary.assert_next([refused]);
    sleep(ms(10)).await;
    diary.assert_next([checked(Outcome::Succeeded, 5)]);
    backend.checks(Plan::Fail);
    assert!(pool.try_get().is_err());
    diary.assert_next([checked(Outcome::Failed, 0), discarded(DiscardReason::Unfit), refused]);
}

#[tokio::test(start_paused = true)]
async fn what_a_detached_task_is_doing_is_no_get() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = diary.builder(&backend).min_size(1).build().expect("settings agree");
    pool.fill().await.expect("made");
    diary.assert_next([created(Outcome::Succeeded, 0)]);
    let settled = tokio::time::timeout(ms(1), pending::<()>()).await;
    assert!(settled.is_err());
    diary.assert_next([]);
}
