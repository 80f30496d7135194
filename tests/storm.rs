//! Everything at once, on real threads: whatever tasks, faults and settings do to each other, no
//! slot is lost, nobody is stranded, and never do more resources exist than the pool may have.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::time::Duration;

use pool_core::testing::{Backend, CleanupProbe, Plan, Probe};
use pool_tests::{OnTokio, poll_once};
use pool_tokio::{GetError, Item, Pool};
use tokio::runtime::Builder;

const MOST: usize = 6;

/// A number from 0 up to `below`, the next of a fixed sequence (an LCG's upper bits).
fn draw(sequence: &mut u64, below: usize) -> usize {
    *sequence =
        sequence.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*sequence >> 33).expect("31 bits") % below
}

/// What the backend does: mostly well, sometimes not.
fn plan(sequence: &mut u64) -> Plan {
    const SHORT: Duration = Duration::from_micros(200);
    match draw(sequence, 12) {
        0 => Plan::Fail,
        1 => Plan::FailAfter(SHORT),
        2 => Plan::Hang,
        3 => Plan::Panic,
        4 | 5 => Plan::After(SHORT),
        _ => Plan::Succeed,
    }
}

async fn use_it(pool: Pool<CleanupProbe>, seed: u64, served: Arc<AtomicUsize>) {
    let mut sequence = seed;
    for _ in 0..8 {
        let limit = Duration::from_micros(draw(&mut sequence, 3000) as u64);
        let Ok(mut item) = pool.get_timeout(limit).await else { continue };
        served.fetch_add(1, SeqCst);
        match draw(&mut sequence, 8) {
            0 => Item::discard(item),
            1 => Item::run(&mut item, async |_| tokio::task::yield_now().await).await,
            2 => drop(pool.try_get()),
            _ => tokio::task::yield_now().await,
        }
    }
}

fn disturb(pool: &Pool<CleanupProbe>, backend: &Backend, sequence: &mut u64) {
    backend.creates(plan(sequence)).checks(plan(sequence));
    backend.resets(plan(sequence)).closes(plan(sequence));
    match draw(sequence, 10) {
        0..=3 => pool.resize(draw(sequence, MOST + 1)),
        4 => pool.invalidate_all(),
        5 => pool.replace_config(backend.clone()),
        // What leaves the pool alive, removed or detached, is not the pool's to count.
        6 => assert!(pool.retain(|_, usage| usage.times_used() < u64::MAX).is_empty()),
        7 => drop(pool.settled()),
        _ => {}
    }
}

/// Gets that were polled once and are kept, the last few of them.
#[derive(Default)]
struct Aside(VecDeque<Pin<Box<dyn Future<Output = ()>>>>);

impl Aside {
    /// Says whether the get is pending.
    fn put(&mut self, pool: &Pool<CleanupProbe>) -> bool {
        let pool = pool.clone();
        let mut get = Box::pin(async move { drop(pool.get().await) });
        // Its create or check may panic where it begins.
        let polled = catch_unwind(AssertUnwindSafe(|| poll_once(get.as_mut())));
        let is_pending = matches!(polled, Ok(Poll::Pending));
        if is_pending {
            self.0.push_back(get);
        }
        if self.0.len() > 4 {
            self.0.pop_front();
        }
        is_pending
    }
}

/// Gets a resource from a pool whose backend has healed: creates that began before may still fail,
/// and be told.
async fn healed(pool: &Pool<CleanupProbe>, held: usize) -> Item<CleanupProbe> {
    const LONG: Duration = Duration::from_secs(20);
    for _ in 0..20 {
        match pool.get_timeout(LONG).await {
            Ok(item) => return item,
            Err(GetError::TimedOut(error)) if error.waited >= LONG => panic!("stranded: {error}"),
            Err(_) => {}
        }
    }
    panic!("holding {held}, no more can be had: {pool:?}")
}

#[test]
fn a_storm_of_everything_loses_nothing() {
    let rounds: u64 =
        std::env::var("POOL_STORM").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(150);
    // Many panics are planned, and not worth a line each.
    std::panic::set_hook(Box::new(|panic| {
        if panic.payload_as_str().is_none_or(|message| message != "as planned") {
            eprintln!("{panic}");
        }
    }));
    let runtime =
        Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime");
    let backend = Backend::on_tokio();
    let pool = Pool::<CleanupProbe>::builder(backend.clone())
        .max_size(MOST)
        .create_timeout(Duration::from_millis(5))
        .recycle_timeout(Duration::from_millis(5))
        .reset_timeout(Duration::from_millis(5))
        .close_timeout(Duration::from_millis(5))
        .max_lifetime(Duration::from_millis(20))
        .idle_timeout(Duration::from_millis(10))
        .patience(Duration::from_millis(1))
        .build()
        .expect("settings agree");
    let served = Arc::new(AtomicUsize::new(0));
    let mut sequence = 20_261_122;
    let (mut aside, mut put) = (Aside::default(), 0);
    runtime.block_on(async {
        for round in 0..rounds {
            let tasks: Vec<_> = (0..40)
                .map(|task| tokio::spawn(use_it(pool.clone(), round * 40 + task, served.clone())))
                .collect();
            for (number, task) in tasks.into_iter().enumerate() {
                disturb(&pool, &backend, &mut sequence);
                put += u64::from(draw(&mut sequence, 8) == 0 && aside.put(&pool));
                if number % 4 == 0 {
                    drop(task.await);
                } else {
                    task.abort();
                }
            }
        }
        backend
            .creates(Plan::Succeed)
            .checks(Plan::Succeed)
            .resets(Plan::Succeed)
            .closes(Plan::Succeed);
        pool.resize(MOST);
        // Those that are still kept keep nobody from anything.
        let mut items = Vec::new();
        for held in 0..MOST {
            items.push(healed(&pool, held).await);
        }
        drop(items);
        tokio::time::timeout(Duration::from_secs(20), pool.close()).await.expect("all is gone");
    });
    drop(aside);
    assert!(put > rounds, "only {put} were put aside");
    let _default_hook = std::panic::take_hook();
    assert_eq!(backend.alive(), 0);
    let most = backend.most_alive();
    assert!(most <= MOST, "{most} alive of {MOST}");
    let served = served.load(SeqCst);
    assert!(served > 10, "only {served} were served");
}

#[test]
fn foreign_resources_are_counted_as_the_pools_own() {
    let backend = Backend::on_tokio();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    runtime.expect("a runtime").block_on(async {
        let inserters = (0..100).map(|_| {
            let (pool, backend) = (pool.clone(), backend.clone());
            tokio::spawn(async move {
                let inserted = pool.insert(Probe::new(&backend)).is_ok();
                tokio::task::yield_now().await;
                let taken = pool.try_get().is_ok_and(|item| {
                    drop(Item::detach(item));
                    true
                });
                assert!(pool.status().size <= 2);
                (inserted, taken)
            })
        });
        for inserter in inserters.collect::<Vec<_>>() {
            inserter.await.expect("no panic");
        }
        pool.close().await;
    });
    assert_eq!(backend.alive(), 0);
}
