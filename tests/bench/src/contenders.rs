//! The same resource, lent by each contender behind one small trait.
//!
//! All are as alike as they can be made: the same maximum, no check before a resource is lent, no
//! timeout and no lifetime where the contender can do without and the scenario does not ask for
//! them. bb8, `fast_pool` and r2d2 always have a timeout for a get.

mod blocking;
mod floors;
mod ours;
mod peers;

use std::fmt;
use std::time::Duration;

pub(crate) use self::blocking::{Blocking, Conditional, R2d2};
pub(crate) use self::floors::{
    AsyncChannel, BareMutex, Nothing, OwnedItem, SemaphoreAndMutex, Shelves,
};
pub(crate) use self::ours::{Ours, builder};
pub(crate) use self::peers::{Bb8, Deadpool, DeadpoolUnmanaged, FastPool, Mobc};

/// 64 bytes, about what a client for a connection takes.
#[expect(dead_code, reason = "only its size matters")]
pub(crate) struct Block([u8; 64]);

impl Block {
    pub(crate) const fn new() -> Self {
        Self([0; 64])
    }
}

/// What a scenario asks of a pool.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) max_size: usize,
    /// Whether a create lets others run before it ends.
    pub(crate) yields: bool,
    /// Whether timeouts and lifetimes are set that never end.
    pub(crate) limits: bool,
}

impl Settings {
    pub(crate) const fn of(max_size: usize) -> Self {
        Self { max_size, yields: false, limits: false }
    }

    /// As 32 bits, for the peers that count so.
    fn max_size_u32(self) -> u32 {
        u32::try_from(self.max_size).expect("a size fits")
    }
}

/// An async pool.
pub(crate) trait Contender: Clone + Send + Sync + 'static {
    const NAME: &'static str;
    /// Owned: it may go to another task.
    type Item: Send + 'static;
    type Error: fmt::Debug;

    /// Builds a pool; within a runtime.
    fn build(settings: Settings) -> Self;

    /// The contender's own future, not one around it: its size is measured.
    fn get(&self) -> impl Future<Output = Result<Self::Item, Self::Error>> + Send;
}

/// Builds a pool whose resources are all made and idle.
pub(crate) async fn warm<C: Contender>(settings: Settings) -> C {
    let pool = C::build(settings);
    fill(&pool, settings.max_size).await;
    pool
}

/// Has all resources be made and idle.
pub(crate) async fn fill<C: Contender>(pool: &C, max_size: usize) {
    let mut items = Vec::with_capacity(max_size);
    for _ in 0..max_size {
        items.push(pool.get().await.expect("made"));
    }
    drop(items);
    // mobc leaves what is returned to a task.
    tokio::task::yield_now().await;
}

/// What does not end in any run.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Longer than any run.
pub(crate) const LIFETIME: Duration = Duration::from_secs(3600);
