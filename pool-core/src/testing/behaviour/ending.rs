//! Resets, closes, resizes and the end of the pool: what is pending is the executor's.

use std::sync::Arc;

use crate::error::GetError;
use crate::pool::Pool;
use crate::runtime::Runtime;
use crate::shell::item::Item;
use crate::testing::world::{SOON, World};
use crate::testing::{CleanupProbe, Plan};

/// A resource comes back from its reset to whoever waits.
pub async fn a_reset_that_is_pending_is_finished_by_the_executor<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = with_cleanup(&world, 1);
    let item = pool.get().await.expect("made");
    world.backend.resets(Plan::After(SOON));
    let begun = world.runtime.now();
    drop(item);
    assert_eq!((pool.status().closing, pool.status().idle), (1, 0));
    assert_eq!(pool.get().await.expect("reset").number(), 1);
    world.assert_took(begun, SOON);
}

/// Then its resource is closed instead, and the next get creates.
pub async fn a_reset_that_hangs_frees_its_slot_after_the_reset_timeout<R: Runtime>(
    runtime: Arc<R>,
) {
    let world = World::new(runtime);
    let builder = world.builder::<CleanupProbe>(1).reset_timeout(SOON);
    let pool = builder.build().expect("settings agree");
    let item = pool.get().await.expect("made");
    world.backend.resets(Plan::Hang);
    let begun = world.runtime.now();
    drop(item);
    assert_eq!(pool.get().await.expect("made anew").number(), 2);
    world.assert_took(begun, SOON);
    assert_eq!(world.backend.most_alive(), 1);
}

/// Until its goodbye is said, a resource counts.
pub async fn a_close_that_is_pending_is_finished_by_the_executor<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = with_cleanup(&world, 1);
    let item = pool.get().await.expect("made");
    world.backend.closes(Plan::After(SOON));
    let begun = world.runtime.now();
    Item::discard(item);
    assert_eq!((pool.status().closing, world.backend.alive()), (1, 1));
    assert_eq!(pool.get().await.expect("made anew").number(), 2);
    world.assert_took(begun, SOON);
    assert_eq!((world.backend.alive(), world.backend.most_alive()), (1, 1));
}

/// Then its resource is dropped instead.
pub async fn a_close_that_hangs_frees_its_slot_after_the_close_timeout<R: Runtime>(
    runtime: Arc<R>,
) {
    let world = World::new(runtime);
    let builder = world.builder::<CleanupProbe>(1).close_timeout(SOON);
    let pool = builder.build().expect("settings agree");
    let item = pool.get().await.expect("made");
    world.backend.closes(Plan::Hang);
    let begun = world.runtime.now();
    Item::discard(item);
    assert_eq!(pool.get().await.expect("made anew").number(), 2);
    world.assert_took(begun, SOON);
    assert_eq!(world.backend.most_alive(), 1);
}

/// A pool that shrinks is settled when the last surplus goodbye is said.
pub async fn a_shrink_is_settled_when_the_surplus_is_gone<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = with_cleanup(&world, 4);
    let (held, idle) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
    drop(idle);
    world.backend.closes(Plan::Gate);
    pool.resize(0);
    let settled = world.spawn(pool.settled());
    assert_eq!(pool.status().size, 2);
    drop(held);
    world.backend.open(2);
    settled.ended().await;
    assert_eq!((pool.status().size, world.backend.alive()), (0, 0));
}

/// Room to create wakes those who wait for it.
pub async fn growing_serves_those_who_wait<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = with_cleanup(&world, 0);
    let waiters: Vec<_> = (0..3)
        .map(|_| {
            let there = pool.clone();
            world.spawn(async move { there.get().await })
        })
        .collect();
    world.until(|| pool.waiting() == 3).await;
    pool.resize(3);
    let mut items = Vec::new();
    for waiter in waiters {
        items.push(waiter.ended().await.expect("made"));
    }
    assert_eq!(world.backend.alive(), 3);
    drop(items);
    world.backend.assert_whole(&pool).await;
}

/// What is held and what is saying goodbye included; who waits is told at once.
pub async fn close_ends_when_everything_is_gone<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = with_cleanup(&world, 2);
    let (held, idle) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
    let there = pool.clone();
    let waiter = world.spawn(async move { there.get().await.map(drop) });
    world.until(|| pool.waiting() == 1).await;
    drop(idle);
    waiter.ended().await.expect("handed over");
    world.backend.closes(Plan::After(SOON));
    let watched = world.spawn(pool.closed());
    let closing = world.spawn(pool.close());
    watched.ended().await;
    assert!(matches!(pool.get().await, Err(GetError::Closed)));
    assert_eq!(pool.status().in_use, 1);
    drop(held);
    closing.ended().await;
    assert_eq!((pool.status().size, world.backend.alive()), (0, 0));
}

/// A shutdown that has a deadline of its own.
pub async fn close_within_says_what_is_left_when_its_time_is_over<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = with_cleanup(&world, 2);
    let (held, idle) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
    drop(idle);
    world.backend.closes(Plan::Gate);
    let begun = world.runtime.now();
    let left = pool.close_within(SOON).await.expect_err("one is held, one says goodbye");
    world.assert_took(begun, SOON);
    assert_eq!((left.in_use, left.closing), (1, 1));
    drop(held);
    world.backend.open(2);
    pool.close().await;
    assert_eq!(world.backend.alive(), 0);
}

fn with_cleanup<R: Runtime>(world: &World<R>, max_size: usize) -> Pool<CleanupProbe, Arc<R>> {
    world.builder(max_size).build().expect("settings agree")
}
