//! Many tasks over few resources: get, yield, drop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::runtime::Runtime;
use tokio::task::{JoinHandle, yield_now};

use super::cases::{CURRENT_THREAD, CURRENT_THREAD_WAITS, WORKERS, WORKERS_WAITS};
use crate::contenders::{
    AsyncChannel, Bb8, Contender, Deadpool, DeadpoolUnmanaged, FastPool, Mobc, Nothing, Ours,
    SemaphoreAndMutex, Settings, warm,
};
use crate::harness::{Entry, Figure, Scale, Scenario, Unit, current_thread, on_core, workers};

/// Something is idle for every task, so that only the pool's own lock is fought for.
pub(crate) fn tasks() -> Scenario {
    Scenario {
        name: "tasks",
        title: "2 workers, 64 tasks over 64 resources: get, yield, drop",
        references: &[Deadpool::NAME, SemaphoreAndMutex::NAME],
        is_exact: false,
        entries: vec![
            few::<Ours>(),
            few::<Deadpool>(),
            few::<DeadpoolUnmanaged>(),
            few::<Bb8>(),
            few::<Mobc>(),
            few::<FastPool>(),
            few::<SemaphoreAndMutex>(),
            few::<AsyncChannel>(),
            few::<Nothing>(),
        ],
    }
}

pub(crate) fn crowd() -> Scenario {
    Scenario {
        name: "crowd",
        title: "1000 tasks over 8 resources: get, yield, drop",
        references: &[Deadpool::NAME, SemaphoreAndMutex::NAME],
        is_exact: false,
        entries: vec![
            many::<Ours>(),
            many::<Deadpool>(),
            many::<DeadpoolUnmanaged>(),
            many::<Bb8>(),
            many::<Mobc>(),
            many::<FastPool>(),
            many::<SemaphoreAndMutex>(),
            many::<AsyncChannel>(),
            many::<Nothing>(),
        ],
    }
}

/// How long each get waits, from its begin: a get that is overtaken counts all of its wait.
pub(crate) fn waits() -> Scenario {
    Scenario {
        name: "waits",
        title: "1000 tasks over 8 resources: how long a get waits",
        references: &[Deadpool::NAME, SemaphoreAndMutex::NAME],
        is_exact: false,
        entries: vec![
            percentiles::<Ours>(),
            percentiles::<Deadpool>(),
            percentiles::<DeadpoolUnmanaged>(),
            percentiles::<Bb8>(),
            percentiles::<Mobc>(),
            percentiles::<FastPool>(),
            percentiles::<SemaphoreAndMutex>(),
            percentiles::<AsyncChannel>(),
        ],
    }
}

fn few<C: Contender>() -> Entry {
    Entry::new(C::NAME, |scale| {
        let gets = scale.of(200_000);
        let took = run::<C>(&workers(2), Load { tasks: 64, size: 64, gets });
        vec![Figure::each(WORKERS, took, gets)]
    })
}

fn many<C: Contender>() -> Entry {
    Entry::new(C::NAME, |scale| {
        let load = load(scale);
        let alone = on_core(0, || run::<C>(&current_thread(), load));
        vec![
            Figure::each(CURRENT_THREAD, alone, load.gets),
            Figure::each(WORKERS, run::<C>(&workers(2), load), load.gets),
        ]
    })
}

fn percentiles<C: Contender>() -> Entry {
    Entry::new(C::NAME, |scale| {
        let load = load(scale);
        let alone = on_core(0, || current_thread().block_on(wait::<C>(load)));
        let shared = workers(2).block_on(wait::<C>(load));
        let [p50, p99, max] = CURRENT_THREAD_WAITS;
        let [shared_p50, shared_p99, shared_max] = WORKERS_WAITS;
        let figure = |case, nanoseconds: u64| {
            let wait = Duration::from_nanos(nanoseconds);
            Figure::new(case, Unit::Microseconds, wait.as_secs_f64() * 1e6)
        };
        vec![
            figure(p50, alone.value_at_quantile(0.5)),
            figure(p99, alone.value_at_quantile(0.99)),
            figure(max, alone.max()),
            figure(shared_p50, shared.value_at_quantile(0.5)),
            figure(shared_p99, shared.value_at_quantile(0.99)),
            figure(shared_max, shared.max()),
        ]
    })
}

/// So many tasks share so many resources until together they have got so often.
#[derive(Clone, Copy)]
struct Load {
    tasks: usize,
    size: usize,
    gets: u32,
}

fn load(scale: Scale) -> Load {
    Load { tasks: 1000, size: 8, gets: scale.of(100_000) }
}

/// How long a load takes on a runtime, by a task of its own.
fn run<C: Contender>(runtime: &Runtime, load: Load) -> Duration {
    runtime.block_on(async {
        let pool = warm::<C>(Settings::of(load.size)).await;
        let left = Arc::new(AtomicU32::new(load.gets));
        let begun = Instant::now();
        let task = || {
            let (pool, left) = (pool.clone(), Arc::clone(&left));
            tokio::spawn(async move {
                while is_left(&left) {
                    let item = pool.get().await.expect("served");
                    yield_now().await;
                    drop(item);
                }
            })
        };
        let tasks: Vec<_> = (0..load.tasks).map(|_| task()).collect();
        join(tasks).await;
        begun.elapsed()
    })
}

/// The nanoseconds that the gets waited. The tasks stop together: until then, whoever is
/// overtaken goes on to wait.
async fn wait<C: Contender>(load: Load) -> Histogram<u64> {
    let pool = warm::<C>(Settings::of(load.size)).await;
    let left = Arc::new(AtomicU32::new(load.gets));
    let task = || {
        let (pool, left) = (pool.clone(), Arc::clone(&left));
        tokio::spawn(async move {
            let mut waits = Vec::with_capacity(1024);
            while is_left(&left) {
                let begun = Instant::now();
                let item = pool.get().await.expect("served");
                waits.push(begun.elapsed());
                yield_now().await;
                drop(item);
            }
            waits
        })
    };
    let tasks: Vec<_> = (0..load.tasks).map(|_| task()).collect();
    let mut histogram = Histogram::new(3).expect("three digits are few enough");
    for waits in join(tasks).await {
        for wait in waits {
            let nanoseconds = u64::try_from(wait.as_nanos()).expect("a run is short");
            histogram.record(nanoseconds).expect("it grows");
        }
    }
    histogram
}

fn is_left(left: &AtomicU32) -> bool {
    let less = |left: u32| left.checked_sub(1);
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
}

async fn join<T>(tasks: Vec<JoinHandle<T>>) -> Vec<T> {
    let mut outputs = Vec::with_capacity(tasks.len());
    for task in tasks {
        outputs.push(task.await.expect("a task does not panic"));
    }
    outputs
}
