//! Threads that block: `get_blocking` beside r2d2.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use super::cases::HIT;
use crate::contenders::{Blocking, Conditional, Ours, R2d2, Settings};
use crate::harness::{Entry, Figure, Scenario, end, on_core};

pub(crate) fn hit() -> Scenario {
    Scenario {
        name: "blocking",
        title: "one thread, get and drop, something idle",
        references: &[R2d2::NAME, Conditional::NAME],
        is_exact: false,
        entries: vec![of_hit::<Ours>(), of_hit::<R2d2>(), of_hit::<Conditional>()],
    }
}

pub(crate) fn crowd() -> Scenario {
    Scenario {
        name: "blocking-crowd",
        title: "16 threads over 4 resources: get, yield, drop",
        references: &[R2d2::NAME, Conditional::NAME],
        is_exact: false,
        entries: vec![of_crowd::<Ours>(), of_crowd::<R2d2>(), of_crowd::<Conditional>()],
    }
}

pub(crate) fn of_hit<B: Blocking>() -> Entry {
    Entry::new(B::NAME, |scale| {
        let gets = scale.of(200_000);
        let time = on_core(0, || {
            let pool = warm::<B>(4);
            let begun = Instant::now();
            for _ in 0..gets {
                end(pool.get());
            }
            begun.elapsed()
        });
        vec![Figure::each(HIT, time, gets)]
    })
}

fn of_crowd<B: Blocking>() -> Entry {
    Entry::new(B::NAME, |scale| {
        let gets = scale.of(2000);
        vec![Figure::each("get, yield, drop", contend::<B>(gets), gets * THREADS)]
    })
}

/// How long it takes until every thread has got so often.
fn contend<B: Blocking>(gets: u32) -> Duration {
    let pool = warm::<B>(4);
    let barrier = Barrier::new(usize::try_from(THREADS + 1).expect("a count fits"));
    thread::scope(|scope| {
        let run = || {
            barrier.wait();
            for _ in 0..gets {
                let item = pool.get();
                thread::yield_now();
                drop(item);
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(run)).collect();
        barrier.wait();
        let begun = Instant::now();
        for thread in threads {
            thread.join().expect("a thread does not panic");
        }
        begun.elapsed()
    })
}

fn warm<B: Blocking>(size: usize) -> B {
    let pool = B::build(Settings::of(size));
    let items: Vec<_> = (0..size).map(|_| pool.get()).collect();
    drop(items);
    pool
}

const THREADS: u32 = 16;
