//! The pool on plain threads: the binding that `pool_core::guide::executors` shows.

#[path = "../../../pool-core/src/guide/threads.rs"]
mod threads;

pub use self::threads::Threads;

/// A pool of resources for plain threads.
pub type Pool<P> = pool_core::Pool<P, Threads>;
