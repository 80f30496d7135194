//! Creates and checks: bounded in time, and carried on by the executor when their caller has left.

use std::sync::Arc;

use crate::error::{GetError, Phase, TryGetError};
use crate::runtime::Runtime;
use crate::testing::tasks::poll_once;
use crate::testing::world::{SOON, World};
use crate::testing::{Plan, Probe};

/// A server that swallows everything costs its slot for so long and no longer.
pub async fn a_create_that_hangs_frees_its_slot_after_the_create_timeout<R: Runtime>(
    runtime: Arc<R>,
) {
    let world = World::new(runtime);
    let pool = world.builder::<Probe>(1).create_timeout(SOON).build().expect("settings agree");
    world.backend.creates(Plan::Hang);
    let begun = world.runtime.now();
    let told = pool.get().await.map(drop);
    world.assert_took(begun, SOON);
    let Err(GetError::TimedOut(timed_out)) = told else { panic!("{told:?}") };
    assert_eq!(timed_out.phase, Phase::Create);
    assert_eq!((pool.status().size, world.backend.alive()), (0, 0));
    world.backend.creates(Plan::Succeed);
    world.backend.assert_whole(&pool).await;
}

/// A create outlives its caller, and the next get is served by it.
pub async fn a_create_whose_caller_has_left_serves_the_next<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    world.backend.creates(Plan::Gate);
    let mut left = Box::pin(pool.get());
    assert!(poll_once(left.as_mut()).await.is_pending());
    drop(left);
    assert_eq!(pool.status().creating, 1);
    let there = pool.clone();
    let next = world.spawn(async move { there.get().await.map(|item| item.number()) });
    world.until(|| pool.waiting() == 1).await;
    world.backend.open(1);
    assert_eq!(next.ended().await.expect("served"), 1);
    assert_eq!(world.backend.created(), 1);
}

/// Its time goes on, too, when the caller has left.
pub async fn a_create_that_hangs_is_ended_although_its_caller_has_left<R: Runtime>(
    runtime: Arc<R>,
) {
    let world = World::new(runtime);
    let pool = world.builder::<Probe>(1).create_timeout(3 * SOON).build().expect("they agree");
    world.backend.creates(Plan::Hang);
    let begun = world.runtime.now();
    let told = pool.get_timeout(SOON).await.map(drop);
    assert!(told.is_err_and(|error| error.is_timeout()));
    assert_eq!((pool.status().creating, world.backend.alive()), (1, 1));
    world.until(|| pool.status().size == 0).await;
    world.assert_took(begun, 3 * SOON);
    assert_eq!(world.backend.alive(), 0);
}

/// The first get has the rest of the minimum created by the executor.
pub async fn a_minimum_is_filled_in_the_background<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.builder::<Probe>(5).min_size(4).build().expect("settings agree");
    world.backend.creates(Plan::After(SOON));
    drop(pool.get().await.expect("made"));
    world.until(|| pool.status().idle == 4).await;
    assert_eq!((world.backend.created(), world.backend.alive()), (4, 4));
}

/// The executor's timer keeps the pauses of `create_backoff`, as long as creates fail.
pub async fn a_minimum_that_could_not_be_created_is_tried_again<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.builder::<Probe>(2).min_size(2).build().expect("settings agree");
    world.backend.creates(Plan::Fail);
    assert!(pool.get().await.is_err());
    world.until(|| world.backend.created() > 4).await;
    world.backend.creates(Plan::Succeed);
    world.until(|| pool.status().idle == 2).await;
    assert_eq!(world.backend.alive(), 2);
}

/// The get goes on, and is served by a create.
pub async fn a_check_that_hangs_costs_its_resource_after_the_recycle_timeout<R: Runtime>(
    runtime: Arc<R>,
) {
    let world = World::new(runtime);
    let pool = world.builder::<Probe>(1).recycle_timeout(SOON).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    world.backend.checks(Plan::Hang);
    let begun = world.runtime.now();
    assert_eq!(pool.get().await.expect("made anew").number(), 2);
    world.assert_took(begun, SOON);
    world.backend.checks(Plan::Succeed);
    world.backend.assert_whole(&pool).await;
}

/// A `try_get` waits for no check: the executor ends it, and the resource is idle again.
pub async fn a_check_that_try_get_began_is_finished_by_the_executor<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    drop(pool.get().await.expect("made"));
    world.backend.checks(Plan::Gate);
    assert_eq!(pool.try_get().map(drop), Err(TryGetError::Empty));
    assert_eq!(pool.status().idle, 0);
    world.backend.open(1);
    world.until(|| pool.status().idle == 1).await;
    assert_eq!((world.backend.created(), world.backend.checked()), (1, 1));
}
