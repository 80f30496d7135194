//! Gets that are served at once, wait, run out of time, and many of them together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use parking_lot::Mutex;

use crate::error::{GetError, Phase};
use crate::runtime::Runtime;
use crate::shell::item::Item;
use crate::testing::contract::has_budget;
use crate::testing::tasks::{pause, poll_once, polled};
use crate::testing::world::{GRACE, NEVER, SOON, World};
use crate::testing::{Plan, Probe};

/// What is idle is lent, and nothing is created beside it.
pub async fn a_get_lends_what_is_idle<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(4);
    for _ in 0..100 {
        assert_eq!(pool.get().await.expect("served").number(), 1);
    }
    assert_eq!((world.backend.created(), world.backend.checked()), (1, 99));
    world.backend.assert_whole(&pool).await;
}

/// Strict FIFO, whichever tasks wait.
pub async fn waiters_are_served_in_the_order_in_which_they_came<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    let held = pool.get().await.expect("made");
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut waiters = Vec::new();
    for number in 0..20 {
        let (there, order) = (pool.clone(), Arc::clone(&order));
        waiters.push(world.spawn(async move {
            let _item = there.get().await.expect("handed over");
            order.lock().push(number);
        }));
        world.until(|| pool.waiting() == number + 1).await;
    }
    drop(held);
    for waiter in waiters {
        waiter.ended().await;
    }
    assert_eq!(*order.lock(), (0..20).collect::<Vec<_>>());
    assert_eq!(world.backend.created(), 1);
    world.backend.assert_whole(&pool).await;
}

/// The waiter is woken by the return, not by its own timer.
pub async fn a_returned_resource_reaches_its_waiter_at_once<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.builder::<Probe>(1).get_timeout(NEVER).build().expect("they agree");
    let held = pool.get().await.expect("made");
    let there = pool.clone();
    let waiter = world.spawn(async move { there.get().await.map(drop) });
    world.until(|| pool.waiting() == 1).await;
    let begun = world.runtime.now();
    drop(held);
    waiter.ended().await.expect("handed over");
    world.assert_took(begun, Duration::ZERO);
}

/// The deadline is kept by the executor's timer and told with the time that was waited.
pub async fn a_get_runs_out_of_time_when_it_is_over<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    let held = pool.get().await.expect("made");
    for time in [SOON, 2 * SOON] {
        let begun = world.runtime.now();
        let told = pool.get_timeout(time).await.map(drop);
        world.assert_took(begun, time);
        let Err(GetError::TimedOut(timed_out)) = told else { panic!("{told:?}") };
        assert_eq!((timed_out.phase, pool.waiting()), (Phase::Wait, 0));
        assert!(timed_out.waited < time + GRACE, "{timed_out:?}");
    }
    drop(held);
    world.backend.assert_whole(&pool).await;
}

/// What was granted to a get that is dropped goes to the next one.
pub async fn a_cancelled_get_costs_nobody_anything<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    let held = pool.get().await.expect("made");
    let mut cancelled = Box::pin(pool.get());
    assert!(poll_once(cancelled.as_mut()).await.is_pending());
    let there = pool.clone();
    let next = world.spawn(async move { there.get().await.map(drop) });
    world.until(|| pool.waiting() == 2).await;
    drop(held);
    drop(cancelled);
    next.ended().await.expect("served");
    world.backend.assert_whole(&pool).await;
}

/// A get that never has to wait yields all the same, if the executor gives tasks a budget
/// ([`Runtime::poll_budget`]). Where it gives none, there is nothing to keep: a task that must not
/// starve others there yields by itself.
pub async fn a_loop_of_gets_starves_no_task_of_an_executor_with_a_budget<R: Runtime>(
    runtime: Arc<R>,
) {
    let world = World::new(runtime);
    if !has_budget(&*world.runtime).await {
        return;
    }
    let pool = world.pool(1);
    let has_run = Arc::new(AtomicBool::new(false));
    let there = Arc::clone(&has_run);
    let other = world.spawn(async move { there.store(true, SeqCst) });
    let mut gets = 0_u64;
    while !has_run.load(SeqCst) {
        drop(pool.get().await.expect("an idle one"));
        gets += 1;
        assert!(gets < 100_000_000, "a task starves beside a loop of gets");
    }
    other.ended().await;
}

/// Thousands of gets over few resources, a part of them cancelled wherever they are: in the queue, in
/// a create, in a check.
pub async fn a_storm_of_gets_leaves_the_pool_whole<R: Runtime>(runtime: Arc<R>) {
    const TASKS: usize = 64;
    const GETS: usize = 64;
    let world = World::new(runtime);
    let pool = world.pool(3);
    world.backend.creates(Plan::Yield).checks(Plan::Yield);
    let served = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (pool, served) = (pool.clone(), Arc::clone(&served));
            world.spawn(async move {
                for get in 0..GETS {
                    let item = if (task + get) % 3 == 0 {
                        polled(pool.get(), get % 5).await
                    } else {
                        Some(pool.get().await)
                    };
                    pause().await;
                    let Some(item) = item else { continue };
                    let item = item.expect("creates succeed");
                    served.fetch_add(1, SeqCst);
                    if get % 7 == 0 {
                        Item::discard(item);
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.ended().await;
    }
    let served = served.load(SeqCst);
    assert!(served >= TASKS * GETS / 2, "only {served} gets were served");
    assert!(world.backend.most_alive() <= 3, "{} alive of 3", world.backend.most_alive());
    world.until(|| pool.status().creating == 0).await;
    world.backend.assert_whole(&pool).await;
    pool.close().await;
    assert_eq!(world.backend.alive(), 0);
}
