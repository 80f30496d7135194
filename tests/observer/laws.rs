//! What holds whatever an observer does, and whatever it is told.

use super::*;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::thread;

use pool_tests::OnTokio;
use pool_tokio::{Item, WeakPool};

/// Has everything happen that an observer can be told of, but the close.
async fn everything<P: Pooled<Config = Backend, Error: std::fmt::Debug>>(
    pool: &Pool<P>,
    backend: &Backend,
    foreign: impl Fn() -> P::Resource,
) {
    // Gets of each outcome, returns, and items that end otherwise.
    drop(pool.get().await.expect("made"));
    Item::discard(pool.get().await.expect("fit"));
    drop(Item::detach(pool.get().await.expect("made")));
    let held = [pool.get().await.expect("made"), pool.get().await.expect("made")];
    assert!(pool.get_timeout(ms(1)).await.is_err());
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    drop(get);
    drop(held);
    drop(pool.try_get().expect("fit"));
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _held = pool.try_get();
        panic!("the holder fails");
    }));
    assert!(unwound.is_err());
    let mut item = pool.get().await.expect("idle");
    let run = Item::run(&mut item, async |_| pending::<()>().await);
    assert!(tokio::time::timeout(ms(1), run).await.is_err());
    drop(item);
    // What the resource's own code does.
    for plan in [Plan::Fail, Plan::Panic, Plan::Hang, Plan::Succeed] {
        backend.checks(plan);
        drop(tokio::spawn(owned(pool, ms(20))).await);
        backend.creates(plan);
        drop(tokio::spawn(owned(pool, ms(20))).await);
        backend.resets(plan).creates(Plan::Succeed).checks(Plan::Succeed);
        drop(tokio::spawn(owned(pool, ms(20))).await);
        sleep(Duration::from_secs(11)).await;
    }
    backend.returns(Plan::Fail);
    drop(pool.get().await.expect("fit"));
    backend.returns(Plan::Succeed);
    // What the pool itself does.
    assert!(pool.insert(foreign()).is_ok());
    assert!(pool.retain(|_, _| false).len() <= 2);
    for change in [|pool: &Pool<P>| pool.resize(0), |pool: &Pool<P>| pool.invalidate_all()] {
        drop(pool.get().await.expect("made"));
        let held = pool.get().await.expect("fit");
        change(pool);
        drop(held);
        pool.resize(2);
    }
    drop(pool.get().await.expect("made"));
    sleep(Duration::from_secs(200)).await;
    let_others_run().await;
}

/// A get in a task of its own, as a panic may end it.
fn owned<P: Pooled>(pool: &Pool<P>, limit: Duration) -> impl Future<Output = ()> + Send + use<P> {
    let pool = pool.clone();
    async move { drop(pool.get_timeout(limit).await) }
}

fn limited<P: Pooled>(builder: Builder<P, Tokio>) -> Builder<P, Tokio> {
    builder.max_size(2).create_timeout(ms(10)).recycle_timeout(ms(10)).idle_timeout(ms(60_000))
}

/// The name of an event's kind, with its reason or outcome but without its times.
fn kind(event: &Event) -> String {
    match event {
        Event::Get { outcome, .. } => format!("get {outcome:?}"),
        Event::Create { outcome, .. } => format!("create {outcome:?}"),
        Event::Recycle { outcome, .. } => format!("recycle {outcome:?}"),
        Event::Reset { outcome, .. } => format!("reset {outcome:?}"),
        Event::Return { .. } => "return".to_owned(),
        Event::Resize { .. } => "resize".to_owned(),
        other => format!("{other:?}"),
    }
}

/// What there is to be told; what is missing is in the other tests, one by one.
const KINDS: usize = 28;

#[tokio::test(start_paused = true)]
async fn an_observer_that_panics_costs_nothing() {
    let backend = Backend::on_tokio();
    let told = Arc::new(Mutex::new(BTreeMap::<String, usize>::new()));
    let panicking = |told: &Arc<Mutex<BTreeMap<String, usize>>>| {
        let told = told.clone();
        move |event: &Event| {
            *told.lock().entry(kind(event)).or_default() += 1;
            panic!("the observer fails");
        }
    };
    let builder = limited(backend.pool()).observer(panicking(&told));
    let pool = builder.build().expect("settings agree");
    everything(&pool, &backend, || Probe::new(&backend)).await;
    backend.assert_whole(&pool).await;
    pool.close().await;
    assert_eq!((backend.alive(), pool.waiting()), (0, 0));

    let builder =
        limited(Pool::<CleanupProbe>::builder(backend.clone())).observer(panicking(&told));
    let pool = builder.build().expect("settings agree");
    everything(&pool, &backend, || CleanupProbe::new(&backend)).await;
    let items = [pool.get().await.expect("made"), pool.get().await.expect("made")];
    assert!(pool.get_timeout(ms(1)).await.is_err(), "the capacity is whole");
    drop(items);
    pool.close().await;
    assert_eq!((backend.alive(), pool.waiting()), (0, 0));
    let told = told.lock();
    assert!(told.len() >= KINDS, "{} kinds: {told:#?}", told.len());
}

/// Asks its pool about everything that can be asked, whatever it is told.
#[derive(Clone, Default)]
struct Nosy(Arc<OnceLock<WeakPool<CleanupProbe>>>, Arc<Mutex<Vec<String>>>);

impl Observer for Nosy {
    fn observe(&self, event: &Event) {
        let Some(pool) = self.0.get().and_then(WeakPool::upgrade) else { return };
        let (status, counters) = (pool.status(), pool.counters());
        assert!(status.in_use + pool.holders().len() + pool.waiting() + pool.free() < 100);
        assert!(pool.settings().max_size <= 2 && pool.name().is_some());
        assert!(!pool.is_suspended() && counters.waiting < 100);
        self.1.lock().push(format!("{} {pool:?} {}", kind(event), pool.is_closed()));
    }
}

#[test]
fn an_observer_may_ask_the_pool_that_tells_it() {
    let (done, finished) = channel();
    let worker = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let told = runtime.block_on(async {
            let (backend, nosy) = (Backend::on_tokio(), Nosy::default());
            let builder = limited(Pool::<CleanupProbe>::builder(backend.clone()));
            let builder = builder.name("nosy").track_holders(true).observer(nosy.clone());
            let pool = builder.build().expect("settings agree");
            assert!(nosy.0.set(pool.downgrade()).is_ok());
            everything(&pool, &backend, || CleanupProbe::new(&backend)).await;
            pool.close().await;
            assert_eq!(backend.alive(), 0);
            nosy.1.lock().len()
        });
        done.send(told).expect("somebody waits for it");
    });
    let told = finished.recv_timeout(Duration::from_secs(20));
    assert!(told.is_ok() || worker.is_finished(), "deadlock");
    worker.join().expect("no panic");
    assert!(told.expect("it has ended") > KINDS);
}

/// A number from 0 up to `below`, the next of a fixed sequence (an LCG's upper bits).
fn draw(sequence: &mut u64, below: usize) -> usize {
    *sequence =
        sequence.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*sequence >> 33).expect("31 bits") % below
}

/// Items that were served and have not been returned, by what the diary tells.
fn out(told: &[Event]) -> usize {
    let served = told.iter().filter(|event| {
        matches!(
            event,
            Event::Get { outcome: GetOutcome::Served, .. } | Event::TryGet { served: true }
        )
    });
    let returned = told.iter().filter(|event| matches!(event, Event::Return { .. }));
    served.count().checked_sub(returned.count()).expect("none is returned that was not served")
}

#[tokio::test(start_paused = true)]
async fn what_was_served_and_not_returned_is_in_use() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = diary.builder(&backend).max_size(6).build().expect("settings agree");
    let mut sequence = 20_261_124;
    let mut held = Vec::new();
    let (mut told, mut most) = (Vec::new(), 0);
    for _ in 0..4000 {
        let plans = [
            Plan::Succeed,
            Plan::Succeed,
            Plan::Succeed,
            Plan::Fail,
            Plan::After(ms(2)),
            Plan::Hang,
        ];
        backend.creates(plans[draw(&mut sequence, plans.len())]);
        backend.checks(plans[draw(&mut sequence, plans.len())]);
        backend.returns(plans[draw(&mut sequence, 4)]);
        let one = if held.is_empty() { 0 } else { draw(&mut sequence, held.len()) };
        match draw(&mut sequence, 16) {
            0..=5 => held.extend(pool.get_timeout(ms(3)).await.ok()),
            6 | 7 => held.extend(pool.try_get().ok()),
            8 => drop(pool.retain(|probe, _| probe.number() % 2 == 0)),
            9 => drop(pool.insert(Probe::new(&backend))),
            10 => pool.resize(1 + one),
            11 => pool.resize(6),
            12 if !held.is_empty() => Item::discard(held.swap_remove(one)),
            13 if !held.is_empty() => drop(Item::detach(held.swap_remove(one))),
            _ if !held.is_empty() => drop(held.swap_remove(one)),
            _ => drop(poll_once(Box::pin(pool.get()).as_mut())),
        }
        // Checks that a try_get has left are in use, too, until they have ended.
        sleep(Duration::from_secs(6)).await;
        told.extend(diary.take());
        most = most.max(held.len());
        assert_eq!((out(&told), pool.status().in_use), (held.len(), held.len()));
    }
    assert_eq!(most, 6);
    let counters = pool.counters();
    let count =
        |wanted: fn(&Event) -> bool| told.iter().filter(|event| wanted(event)).count() as u64;
    assert_eq!(counters.started, count(|event| matches!(event, Event::Get { .. })));
    assert_eq!(counters.tried, count(|event| matches!(event, Event::TryGet { .. })));
    assert_eq!(counters.refused, count(|event| *event == Event::TryGet { served: false }));
    assert_eq!(counters.inserted, count(|event| *event == Event::Insert));
    assert_eq!(counters.detached, count(|event| *event == Event::Detach));
    assert_eq!(counters.ended, count(|event| matches!(event, Event::Discard { .. })));
    let made = |event: &Event| matches!(event, Event::Create { outcome: Outcome::Succeeded, .. });
    assert_eq!(counters.created, count(made));
}
