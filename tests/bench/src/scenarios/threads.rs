//! Pinned threads on one pool that has something idle for each of them.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::cases::{ONE_THREAD, TWO_THREADS};
use super::hot;
use crate::contenders::{
    AsyncChannel, BareMutex, Bb8, Contender, Deadpool, DeadpoolUnmanaged, FastPool, Mobc, Ours,
    OwnedItem, SemaphoreAndMutex, Settings, Shelves,
};
use crate::harness::{Entry, Figure, Scale, Scenario, alone, current_thread, pin};

pub(crate) fn threads() -> Scenario {
    Scenario {
        name: "threads",
        title: "pinned threads on one pool, get and drop, per operation and thread",
        references: &[Deadpool::NAME, BareMutex::NAME],
        is_exact: false,
        entries: vec![
            of::<Ours>(),
            of::<Deadpool>(),
            of::<DeadpoolUnmanaged>(),
            of::<Bb8>(),
            of::<Mobc>(),
            of::<FastPool>(),
            of::<SemaphoreAndMutex>(),
            of::<AsyncChannel>(),
            owned_floor(),
            shelves(),
            floor(),
        ],
    }
}

fn of<C: Contender>() -> Entry {
    Entry::new(C::NAME, |scale| {
        figures(scale, |threads, gets| {
            let pool: C = alone(async || hot(SETTINGS).await);
            together(threads, || {
                // Dropped after the clock is read.
                let runtime = current_thread();
                let pool = pool.clone();
                move |barrier: &Barrier| {
                    runtime.block_on(async {
                        barrier.wait();
                        let begun = Instant::now();
                        for _ in 0..gets {
                            drop(pool.get().await.expect("idle"));
                        }
                        begun.elapsed()
                    })
                }
            })
        })
    })
}

fn owned_floor() -> Entry {
    Entry::new(OwnedItem::NAME, |scale| {
        figures(scale, |threads, gets| {
            let idle = OwnedItem::new(SETTINGS.max_size);
            together(threads, || {
                let idle = idle.clone();
                move |barrier: &Barrier| {
                    barrier.wait();
                    idle.time(gets)
                }
            })
        })
    })
}

fn shelves() -> Entry {
    Entry::new(Shelves::NAME, |scale| {
        figures(scale, |threads, gets| {
            let (shelves, thread) = (Shelves::new(threads), AtomicUsize::new(0));
            together(threads, || {
                let shelves = shelves.clone();
                let thread = thread.fetch_add(1, Ordering::Relaxed);
                move |barrier: &Barrier| {
                    barrier.wait();
                    shelves.time(thread, gets)
                }
            })
        })
    })
}

fn floor() -> Entry {
    Entry::new(BareMutex::NAME, |scale| {
        figures(scale, |threads, gets| {
            let idle = BareMutex::new(SETTINGS.max_size);
            together(threads, || {
                let idle = idle.clone();
                move |barrier: &Barrier| {
                    barrier.wait();
                    idle.time(gets)
                }
            })
        })
    })
}

/// One thread, two and more, as far as there are cores.
fn figures(scale: Scale, run: impl Fn(usize, u32) -> Duration) -> Vec<Figure> {
    let cores = core_affinity::get_core_ids().map_or(1, |ids| ids.len());
    let gets = scale.of(300_000);
    let cases = CASES.iter().filter(|(threads, _)| *threads <= cores);
    cases.map(|&(threads, case)| Figure::each(case, run(threads, gets), gets)).collect()
}

/// How long the threads took, on average, each on a core of its own.
fn together<R: FnOnce(&Barrier) -> Duration>(
    threads: usize,
    prepare: impl Fn() -> R + Sync,
) -> Duration {
    let barrier = Barrier::new(threads);
    let (barrier, prepare) = (&barrier, &prepare);
    let sum: Duration = thread::scope(|scope| {
        let run = |core| {
            scope.spawn(move || {
                pin(core);
                prepare()(barrier)
            })
        };
        let threads: Vec<_> = (0..threads).map(run).collect();
        threads.into_iter().map(|thread| thread.join().expect("it does not panic")).sum()
    });
    sum / u32::try_from(threads).expect("a few threads")
}

const CASES: [(usize, &str); 5] =
    [(1, ONE_THREAD), (2, TWO_THREADS), (4, "4 threads"), (8, "8 threads"), (16, "16 threads")];

const SETTINGS: Settings = Settings::of(16);
