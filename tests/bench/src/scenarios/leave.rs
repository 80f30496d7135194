//! Waiters that give up, in no order: from the middle of the queue.

use std::time::{Duration, Instant};

use super::cases::{LEAVE, WAIT_AND_LEAVE};
use super::parked::is_pending;
use crate::contenders::{
    AsyncChannel, Bb8, Contender, Deadpool, DeadpoolUnmanaged, FastPool, Mobc, Ours,
    SemaphoreAndMutex, Settings, warm,
};
use crate::harness::{Entry, Figure, Scenario, current_thread, on_core};

pub(crate) fn leave() -> Scenario {
    Scenario {
        name: "leave",
        title: "10,000 waiters leave at random, each",
        references: &[Deadpool::NAME, SemaphoreAndMutex::NAME],
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
        ],
    }
}

fn of<C: Contender>() -> Entry {
    Entry::new(C::NAME, |_| {
        let (waiting, leaving) = on_core(0, leave_at_random::<C>);
        let whole = Figure::each(WAIT_AND_LEAVE, waiting + leaving, WAITERS);
        vec![Figure::each(LEAVE, leaving, WAITERS), whole]
    })
}

/// How long it took to wait, and how long to leave.
fn leave_at_random<C: Contender>() -> (Duration, Duration) {
    let runtime = current_thread();
    let pool: C = runtime.block_on(warm(Settings::of(1)));
    let held = runtime.block_on(pool.get()).expect("idle");
    // Not in a task, so that nobody's cooperative budget ends.
    let _guard = runtime.enter();
    let begun = Instant::now();
    let mut gets: Vec<_> = (0..WAITERS).map(|_| Box::pin(pool.get())).collect();
    for get in &mut gets {
        assert!(is_pending(get.as_mut()), "nothing is idle");
    }
    let waiting = begun.elapsed();
    fastrand::Rng::with_seed(1).shuffle(&mut gets);
    let begun = Instant::now();
    drop(gets);
    let leaving = begun.elapsed();
    drop(held);
    (waiting, leaving)
}

const WAITERS: u32 = 10_000;
