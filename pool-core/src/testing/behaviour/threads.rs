//! Threads that are none of the executor's, and an executor that is gone.

use std::sync::Arc;
use std::time::Instant;

use crate::error::{BlockingError, GetError};
use crate::runtime::Runtime;
use crate::testing::tasks::on_a_thread;
use crate::testing::world::{SOON, World, assert_took};
use crate::testing::{CleanupProbe, Plan, Probe};

/// A plain thread waits in the same queue as tasks.
pub async fn a_plain_thread_gets_what_a_task_returns<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    let held = pool.get().await.expect("made");
    let there = pool.clone();
    let blocked = on_a_thread(move || there.get_blocking().map(|item| item.number()));
    world.until(|| pool.waiting() == 1).await;
    drop(held);
    assert_eq!(blocked.ended().await.expect("handed over"), 1);
    world.backend.assert_whole(&pool).await;
}

/// Its deadline is kept by the thread, whatever the executor's clock says.
#[expect(clippy::disallowed_methods, reason = "the executor's clock may be paused")]
pub async fn a_plain_thread_runs_out_of_time_when_it_is_over<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.builder::<Probe>(1).get_timeout(SOON).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let (begun, there) = (Instant::now(), pool.clone());
    let told = on_a_thread(move || there.get_blocking().map(drop)).ended().await;
    assert_took(Instant::now(), begun, SOON);
    assert!(matches!(told, Err(BlockingError::Get(GetError::TimedOut(_)))), "{told:?}");
    drop(held);
    world.until(|| pool.status().idle == 1).await;
}

/// A create that needs the executor's timer goes on in the executor, whoever has begun it.
pub async fn a_plain_thread_drives_a_create<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    world.backend.creates(Plan::After(SOON));
    let (begun, there) = (world.runtime.now(), pool.clone());
    let served = on_a_thread(move || there.get_blocking().map(|item| item.number()));
    assert_eq!(served.ended().await.expect("made"), 1);
    world.assert_took(begun, SOON);
}

/// In a task, it is refused or served, as the runtime answers, and nothing is lost either way.
pub async fn get_blocking_in_a_task_does_as_may_block_says<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    drop(pool.get().await.expect("made"));
    let (runtime, there) = (Arc::clone(&world.runtime), pool.clone());
    let task = world.spawn(async move {
        let may_block = runtime.may_block();
        (may_block, there.get_blocking().map(|item| item.number()))
    });
    match task.ended().await {
        (true, served) => assert_eq!(served.expect("idle"), 1),
        (false, refused) => assert!(matches!(refused, Err(BlockingError::DrivesTasks))),
    }
    world.backend.assert_whole(&pool).await;
}

/// And wakes the task that waits for it.
pub async fn an_item_goes_home_from_a_thread_without_the_executor<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    let held = pool.get().await.expect("made");
    let there = pool.clone();
    let waiter = world.spawn(async move { there.get().await.map(|item| item.number()) });
    world.until(|| pool.waiting() == 1).await;
    on_a_thread(move || drop(held)).ended().await;
    assert_eq!(waiter.ended().await.expect("handed over"), 1);
    world.backend.assert_whole(&pool).await;
}

/// The reset is the executor's, or is cut short; its slot is free in either case.
pub async fn a_reset_that_begins_on_a_thread_without_the_executor_ends<R: Runtime>(
    runtime: Arc<R>,
) {
    let world = World::new(runtime);
    let pool = world.builder::<CleanupProbe>(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    world.backend.resets(Plan::Gate);
    on_a_thread(move || drop(held)).ended().await;
    world.backend.resets(Plan::Succeed);
    world.backend.open(1);
    world.backend.assert_whole(&pool).await;
}

/// Items go home, gets are served, creates that end at once succeed; what would have to be left to
/// the executor is dropped.
///
/// To be called with a runtime whose executor is gone, on another one.
pub async fn a_pool_outlives_its_executor<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.builder::<CleanupProbe>(2).min_size(1).build().expect("settings agree");
    let there = pool.clone();
    let plain = on_a_thread(move || {
        let (one, two) = (there.get_blocking(), there.get_blocking());
        drop(one.expect("made"));
        two.expect("made")
    });
    let item = plain.ended().await;
    assert_eq!((pool.status().idle, pool.status().in_use), (1, 1));
    world.backend.resets(Plan::Hang).closes(Plan::Hang);
    on_a_thread(move || drop(item)).ended().await;
    on_a_thread(move || drop(pool.close())).ended().await;
    assert_eq!(world.backend.alive(), 0, "what nobody finishes was not dropped");
}
