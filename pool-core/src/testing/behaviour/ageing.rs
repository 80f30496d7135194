//! The maintenance task: it sleeps until something expires, and ends it.

use std::sync::Arc;

use crate::runtime::Runtime;
use crate::testing::Probe;
use crate::testing::world::{SOON, World};

/// Down to the minimum, and not before its time.
pub async fn what_was_idle_for_too_long_ends<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let builder = world.builder::<Probe>(3).idle_timeout(2 * SOON);
    let pool = builder.build().expect("settings agree");
    let items = (pool.get().await, pool.get().await, pool.get().await);
    let begun = world.runtime.now();
    drop(items);
    world.until(|| pool.status().size == 0).await;
    world.assert_took(begun, 2 * SOON);
    assert_eq!(world.backend.alive(), 0);
    drop(pool.get().await.expect("made anew"));
    assert_eq!(world.backend.created(), 4);
}

/// An idle one at once, one in use when it is returned.
pub async fn what_has_lived_for_too_long_ends<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let builder = world.builder::<Probe>(2).max_lifetime(2 * SOON).lifetime_jitter(0.0);
    let pool = builder.build().expect("settings agree");
    let begun = world.runtime.now();
    let (held, idle) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
    drop(idle);
    world.until(|| pool.status().size == 1).await;
    world.assert_took(begun, 2 * SOON);
    assert_eq!(pool.status().in_use, 1);
    drop(held);
    world.until(|| pool.status().size == 0).await;
    assert_eq!(world.backend.alive(), 0);
    pool.reconfigure(|settings| settings.max_lifetime = None).expect("settings agree");
    world.backend.assert_whole(&pool).await;
}
