//! Waiters that are parked: what one takes, and what it costs to serve them all.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use allocation_counter::{AllocationInfo, measure};
use tokio::task::yield_now;

use super::cases::{BYTES, DRAIN_100_000, OURS_TIMEOUT};
use crate::contenders::{
    AsyncChannel, Bb8, Contender, Deadpool, DeadpoolUnmanaged, FastPool, Mobc, Ours,
    SemaphoreAndMutex, Settings, builder, fill, warm,
};
use crate::harness::{Entry, Figure, Scenario, Unit, alone, current_thread, on_core};

/// The get in a box, and all that it makes the pool and the runtime keep.
pub(crate) fn bytes() -> Scenario {
    Scenario {
        name: "parked",
        title: "a get that waits: bytes with its future, and allocations",
        references: &[Deadpool::NAME, SemaphoreAndMutex::NAME],
        is_exact: true,
        entries: vec![
            parked::<Ours>(),
            memory(OURS_TIMEOUT, async || {
                let limits = Settings { limits: true, ..ONE };
                let pool = builder(limits).build().expect("the settings agree");
                fill(&pool, 1).await;
                pool
            }),
            parked::<Deadpool>(),
            parked::<DeadpoolUnmanaged>(),
            parked::<Bb8>(),
            parked::<Mobc>(),
            parked::<FastPool>(),
            parked::<SemaphoreAndMutex>(),
            parked::<AsyncChannel>(),
        ],
    }
}

pub(crate) fn drain() -> Scenario {
    Scenario {
        name: "drain",
        title: "tasks that wait for one resource, served one after the other, each",
        references: &[Deadpool::NAME, SemaphoreAndMutex::NAME],
        is_exact: false,
        entries: vec![
            drained::<Ours>(),
            drained::<Deadpool>(),
            drained::<DeadpoolUnmanaged>(),
            drained::<Bb8>(),
            drained::<Mobc>(),
            drained::<FastPool>(),
            drained::<SemaphoreAndMutex>(),
            drained::<AsyncChannel>(),
        ],
    }
}

fn parked<C: Contender>() -> Entry {
    memory(C::NAME, async || warm::<C>(ONE).await)
}

fn memory<C: Contender>(
    name: &'static str,
    build: impl AsyncFn() -> C + Send + Sync + 'static,
) -> Entry {
    Entry::new(name, move |_| {
        let [one, ten, hundred] = BYTES;
        let bytes = |case, waiters: u32| {
            let info = on_core(0, || park(async || build().await, waiters));
            let bytes = i32::try_from(info.bytes_current).expect("less than 2 GiB");
            Figure::new(case, Unit::Bytes, f64::from(bytes) / f64::from(waiters))
        };
        let info = on_core(0, || park(async || build().await, 1000));
        let count = f64::from(u32::try_from(info.count_total).expect("few allocations"));
        vec![
            bytes(one, 1000),
            bytes(ten, 10_000),
            bytes(hundred, 100_000),
            // One is the box that this scenario puts the future in.
            Figure::new(ALLOCATIONS, Unit::Count, count / 1000.0 - 1.0),
        ]
    })
}

/// What so many gets allocate that have been polled once.
fn park<C: Contender>(build: impl AsyncFnOnce() -> C, waiters: u32) -> AllocationInfo {
    let runtime = current_thread();
    let pool = runtime.block_on(build());
    let held = runtime.block_on(pool.get()).expect("idle");
    // Not in a task, so that nobody's cooperative budget ends.
    let _guard = runtime.enter();
    let mut gets = Vec::with_capacity(usize::try_from(waiters).expect("a count fits"));
    let info = measure(|| {
        for _ in 0..waiters {
            let mut get = Box::pin(pool.get());
            assert!(is_pending(get.as_mut()), "nothing is idle");
            gets.push(get);
        }
    });
    drop(gets);
    drop(held);
    info
}

pub(crate) fn is_pending<F: Future>(future: Pin<&mut F>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

fn drained<C: Contender>() -> Entry {
    Entry::new(C::NAME, |_| {
        let each = |&(waiters, case)| {
            Figure::each(case, alone(async || serve_all::<C>(waiters).await), waiters)
        };
        DRAINS.iter().map(each).collect()
    })
}

/// How long it takes until the last of so many tasks has been served.
async fn serve_all<C: Contender>(waiters: u32) -> Duration {
    let pool = warm::<C>(ONE).await;
    let held = pool.get().await.expect("idle");
    let started = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for _ in 0..waiters {
        let (pool, started) = (pool.clone(), Arc::clone(&started));
        tasks.push(tokio::spawn(async move {
            started.fetch_add(1, Ordering::Relaxed);
            drop(pool.get().await.expect("served"));
        }));
    }
    while started.load(Ordering::Relaxed) < tasks.len() {
        yield_now().await;
    }
    let begun = Instant::now();
    drop(held);
    for task in tasks {
        task.await.expect("a task does not panic");
    }
    begun.elapsed()
}

const ALLOCATIONS: &str = "allocations each";

const DRAINS: [(u32, &str); 3] =
    [(1000, "1000 waiters"), (10_000, "10,000 waiters"), (100_000, DRAIN_100_000)];

const ONE: Settings = Settings::of(1);
