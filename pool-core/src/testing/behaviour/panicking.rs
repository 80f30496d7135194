//! Panics: what goes on in the executor for the pool never lets one through to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};

use crate::runtime::{Runtime, Sleep, Task};
use crate::shell::item::Item;
use crate::testing::tasks::{caught, poll_once};
use crate::testing::world::World;
use crate::testing::{CleanupProbe, Plan};

/// It unwinds through the get that asked for it, where the create begins and in the executor.
pub async fn a_panic_in_a_create_costs_its_get_alone<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(Witness::of(runtime));
    let pool = world.pool(1);
    for plan in [Plan::Panic, Plan::PanicAtGate] {
        world.backend.creates(plan);
        let there = pool.clone();
        let get = world.spawn(async move { caught(there.get()).await.is_err() });
        if plan == Plan::PanicAtGate {
            world.until(|| pool.status().creating == 1).await;
            world.backend.open(1);
        }
        assert!(get.ended().await, "{plan:?}: it unwinds");
        assert_eq!((pool.status().size, world.backend.alive()), (0, 0), "{plan:?}");
    }
    world.backend.creates(Plan::Succeed);
    world.backend.assert_whole(&pool).await;
    world.runtime.assert_saw_no_panic();
}

/// It unwinds through the get, and the resource ends.
pub async fn a_panic_in_a_check_costs_its_resource<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(Witness::of(runtime));
    let pool = world.pool(1);
    for plan in [Plan::Panic, Plan::PanicAtGate] {
        drop(pool.get().await.expect("made"));
        let checked = world.backend.checked();
        world.backend.checks(plan);
        let there = pool.clone();
        let get = world.spawn(async move { caught(there.get()).await.is_err() });
        if plan == Plan::PanicAtGate {
            world.until(|| world.backend.checked() > checked).await;
            world.backend.open(1);
        }
        assert!(get.ended().await, "{plan:?}: it unwinds");
        world.until(|| pool.status().size == 0).await;
        assert_eq!(world.backend.alive(), 0, "{plan:?}");
    }
    world.backend.checks(Plan::Succeed);
    world.backend.assert_whole(&pool).await;
    world.runtime.assert_saw_no_panic();
}

/// Contained, and the next waiter creates.
pub async fn a_panic_in_a_create_that_the_executor_drives_frees_the_slot<R: Runtime>(
    runtime: Arc<R>,
) {
    let world = World::new(Witness::of(runtime));
    let pool = world.pool(1);
    world.backend.creates(Plan::PanicAtGate);
    let mut left = Box::pin(pool.get());
    assert!(poll_once(left.as_mut()).await.is_pending());
    drop(left);
    world.backend.creates(Plan::Succeed);
    world.backend.open(1);
    assert_eq!(pool.get().await.expect("made anew").number(), 2);
    world.backend.assert_whole(&pool).await;
    world.runtime.assert_saw_no_panic();
}

/// Contained, whichever of the two it is.
pub async fn a_panic_in_a_reset_or_close_that_the_executor_drives_frees_the_slot<R: Runtime>(
    runtime: Arc<R>,
) {
    let world = World::new(Witness::of(runtime));
    let pool = world.builder::<CleanupProbe>(2).build().expect("settings agree");
    let (one, two) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
    world.backend.resets(Plan::PanicAtGate).closes(Plan::PanicAtGate);
    drop(one);
    Item::discard(two);
    assert_eq!(pool.status().closing, 2);
    world.backend.open(2);
    world.until(|| pool.status().size == 0).await;
    assert_eq!(world.backend.alive(), 0);
    world.backend.resets(Plan::Succeed).closes(Plan::Succeed);
    world.backend.assert_whole(&pool).await;
    world.runtime.assert_saw_no_panic();
}

/// An executor that sees each panic that a task of the pool's lets through: some executors would
/// say nothing of it.
struct Witness<R> {
    executor: Arc<R>,
    has_seen_one: Arc<AtomicBool>,
}

impl<R: Runtime> Witness<R> {
    fn of(executor: Arc<R>) -> Arc<Self> {
        Arc::new(Self { executor, has_seen_one: Arc::default() })
    }

    fn assert_saw_no_panic(&self) {
        assert!(!self.has_seen_one.load(SeqCst), "a panic came through to the executor");
    }
}

impl<R: Runtime> Runtime for Witness<R> {
    fn now(&self) -> Instant {
        self.executor.now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.executor.sleep(duration)
    }

    fn spawn(&self, task: Task) {
        let has_seen_one = Arc::clone(&self.has_seen_one);
        self.executor.spawn(Box::pin(async move {
            if caught(task).await.is_err() {
                has_seen_one.store(true, SeqCst);
            }
        }));
    }
}
