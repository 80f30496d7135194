//! What a get and an item take, and what they allocate.

use std::pin::pin;

use allocation_counter::measure;
use tokio::task::{unconstrained, yield_now};

use super::cases::{ALLOCATIONS_HIT, ALLOCATIONS_WAITED, FUTURE, ITEM};
use super::parked::is_pending;
use crate::contenders::{
    AsyncChannel, Bb8, Contender, Deadpool, DeadpoolUnmanaged, FastPool, Mobc, Ours,
    SemaphoreAndMutex, Settings, warm,
};
use crate::harness::{Entry, Figure, Scenario, Unit, current_thread, on_core};

pub(crate) fn sizes() -> Scenario {
    Scenario {
        name: "sizes",
        title: "sizes, and allocations for each get",
        references: &[Deadpool::NAME],
        is_exact: true,
        entries: vec![
            of::<Ours>(),
            of::<Deadpool>(),
            of::<DeadpoolUnmanaged>(),
            of::<Bb8>(),
            of::<Mobc>(),
            of::<FastPool>(),
            of::<SemaphoreAndMutex>(),
            of::<AsyncChannel>(),
        ],
    }
}

fn of<C: Contender>() -> Entry {
    Entry::new(C::NAME, |_| {
        let (future, hit, waited) = on_core(0, measure_gets::<C>);
        vec![
            bytes(ITEM, size_of::<C::Item>()),
            bytes(FUTURE, future),
            Figure::new(ALLOCATIONS_HIT, Unit::Count, hit),
            Figure::new(ALLOCATIONS_WAITED, Unit::Count, waited),
        ]
    })
}

/// The size of the future, and what a get allocates that is served at once and one that waits.
fn measure_gets<C: Contender>() -> (usize, f64, f64) {
    let runtime = current_thread();
    let pool: C = runtime.block_on(warm(Settings::of(1)));
    let future = size_of_val(&pool.get());
    let hit = allocations(|times| runtime.block_on(get_at_once(&pool, times)));
    let waited = allocations(|times| runtime.block_on(wait(&pool, times)));
    (future, hit, waited)
}

async fn get_at_once<C: Contender>(pool: &C, times: u32) {
    for _ in 0..times {
        drop(pool.get().await.expect("idle"));
    }
    yield_now().await;
}

async fn wait<C: Contender>(pool: &C, times: u32) {
    for _ in 0..times {
        let held = pool.get().await.expect("idle");
        // Or the cooperative budget would end, as nothing is awaited.
        let mut get = pin!(unconstrained(pool.get()));
        assert!(is_pending(get.as_mut()), "nothing is idle");
        drop(held);
        drop(get.await.expect("handed over"));
    }
    yield_now().await;
}

/// How many for each time: what more of them take, as a runtime allocates, too, and what is kept
/// for later is allocated once.
fn allocations(run: impl Fn(u32)) -> f64 {
    let count = |times| {
        let count = measure(|| run(times)).count_total;
        f64::from(u32::try_from(count).expect("few allocations"))
    };
    run(TIMES);
    (count(2 * TIMES) - count(TIMES)) / f64::from(TIMES)
}

fn bytes(case: &'static str, size: usize) -> Figure {
    Figure::new(case, Unit::Bytes, f64::from(u32::try_from(size).expect("a size fits")))
}

const TIMES: u32 = 1000;
