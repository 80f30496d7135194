//! Runtimes that end or have no thread left while a pool lives, in real time.

use std::mem;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::aside::Aside;
use crate::backend::{Backend, Plan};
use crate::contenders::{Contender, Settings};
use crate::outcome::Outcome;
use crate::situations::{CREATE, fill, served};

/// Creates are work that blocks, which drivers leave to the runtime's blocking threads; the callers
/// have taken all of these. How many of the two are served.
pub(crate) fn blocking_threads_are_taken<C: Contender>(aside: Aside) -> Option<Outcome> {
    let threads = if aside == Aside::Kept { 2 } else { 4 };
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(threads)
        .enable_time()
        .build()
        .expect("a runtime");
    let pool = {
        let _entered = runtime.enter();
        C::build(Settings { blocks: true, ..Settings::of(2) }, &Backend::new())?
    };
    let served = runtime.block_on(async {
        let (ready, mut answers) = mpsc::unbounded_channel();
        let barrier = Arc::new(Barrier::new(2));
        for _ in 0..2 {
            let (pool, ready, barrier) = (pool.clone(), ready.clone(), barrier.clone());
            tokio::task::spawn_blocking(move || {
                barrier.wait();
                let item = pool.get_blocking();
                // Nobody listens any more if it took too long.
                let _ = ready.send(item.is_some());
            });
        }
        drop(ready);
        let mut served = 0;
        let counting = async {
            while let Some(is_served) = answers.recv().await {
                served += usize::from(is_served);
            }
        };
        drop(timeout(BOUND, counting).await);
        served
    });
    // Its threads may be blocked, and would panic if it ended.
    mem::forget(runtime);
    Some(Outcome::Count(served))
}

/// A pool is built and filled in one runtime, which ends, and is served from in another.
pub(crate) fn served_in_another<C: Contender>(aside: Aside) -> Option<Outcome> {
    let backend = Backend::new();
    let (pool, first) = filled::<C>(Settings::of(1), &backend)?;
    end(first, aside);
    Some(alone().block_on(served(&pool)))
}

/// The same with an idle timeout: after a get in the other runtime, how long the connection that
/// nobody wants stays.
pub(crate) fn ages_in_another<C: Contender>(aside: Aside) -> Option<Outcome> {
    let backend = Backend::new();
    let settings = Settings { idle_timeout: Some(IDLE_TIMEOUT), ..Settings::of(1) };
    let (pool, first) = filled::<C>(settings, &backend)?;
    end(first, aside);
    Some(alone().block_on(async {
        drop(pool.get().await);
        let begun = Instant::now();
        while backend.live() > 0 && begun.elapsed() < BOUND {
            sleep(Duration::from_millis(1)).await;
        }
        if backend.live() > 0 {
            return Outcome::NotWithin(BOUND);
        }
        Outcome::After(begun.elapsed())
    }))
}

/// The runtime in which the pool was built ends while a create is under way, which a caller in
/// another runtime waits for. It was begun by that caller, or by a task of the runtime that ends.
pub(crate) fn ends_during_a_create<C: Contender>(
    aside: Aside,
    begun_there: bool,
) -> Option<Outcome> {
    let backend = Backend::new();
    backend.set_creates(Plan::After(CREATE));
    let ending = alone();
    let pool = {
        let _entered = ending.enter();
        C::build(Settings::of(1), &backend)?
    };
    if begun_there {
        let get = pool.get();
        ending.spawn(async move { drop(get.await) });
        thread::sleep(CREATE / 10);
    }
    Some(alone().block_on(async {
        let waiting = tokio::spawn(async move { served(&pool).await });
        sleep(CREATE / 5).await;
        end(ending, aside);
        waiting.await.expect("a get does not panic")
    }))
}

/// A create is left by a get in a small runtime that rests from then on; the pool's own is well. It
/// is in the only place.
pub(crate) fn rests_during_a_create<C: Contender>(aside: Aside) -> Option<Outcome> {
    let backend = Backend::new();
    backend.set_creates(Plan::After(CREATE));
    let home = alone();
    let pool = {
        let _entered = home.enter();
        C::build(Settings { create_timeout: 2 * CREATE, ..Settings::of(1) }, &backend)?
    };
    let small = match aside {
        Aside::Kept => Builder::new_current_thread().enable_time().build().expect("a runtime"),
        Aside::Driven => alone(),
    };
    drop(small.block_on(async { pool.get_within(CREATE / 5).await }));
    let outcome = home.block_on(served(&pool));
    drop(small);
    Some(outcome)
}

/// A pool that was filled in the runtime in which it was built.
fn filled<C: Contender>(settings: Settings, backend: &Backend) -> Option<(C, Runtime)> {
    let runtime = alone();
    let pool = runtime.block_on(async {
        let pool = C::build(settings, backend)?;
        fill(&pool, 1).await;
        Some(pool)
    })?;
    Some((pool, runtime))
}

/// Ends a runtime, and waits until all its tasks are dropped; the control lets it live.
fn end(runtime: Runtime, aside: Aside) {
    match aside {
        // On a thread of its own, as that must not be waited for among tasks.
        Aside::Kept => thread::spawn(|| drop(runtime)).join().expect("a runtime ends"),
        Aside::Driven => mem::forget(runtime),
    }
}

fn alone() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_time().build().expect("a runtime")
}

const IDLE_TIMEOUT: Duration = Duration::from_millis(100);

/// After which "not yet" is "never".
const BOUND: Duration = Duration::from_secs(1);
