//! What has happened in a pool since it was built, in numbers that add up.

/// Counts since the pool was built, taken together at one moment.
///
/// They add up at any moment:
///
/// - `started == served + timed_out + cancelled + failed + waiting`,
/// - `created + inserted == ended + detached` + the resources that exist, which are `size -
///   creating` of the [`Status`](crate::Status).
///
/// # Examples
///
/// ```
/// # use pool_core::{Pool, Pooled};
/// # fn show<P: Pooled, R>(pool: &Pool<P, R>) {
/// let before = pool.counters();
/// // a minute later
/// let after = pool.counters();
/// println!("{} gets in that minute", after.started - before.started);
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Counters {
    /// Gets that have begun: a future that was never polled has not.
    pub started: u64,
    /// Gets that ended with a resource. A get whose check is done at once, as it is a zero-sized
    /// future, counts as served while it is done.
    pub served: u64,
    /// Gets that ran out of time.
    pub timed_out: u64,
    /// Gets that were dropped before they had ended.
    pub cancelled: u64,
    /// Gets that were told `Create`, `Closed` or `Overloaded`, or that a panic ended.
    pub failed: u64,
    /// Gets that have begun and not ended.
    pub waiting: u64,
    /// Calls of `try_get`, which are none of the gets above.
    pub tried: u64,
    /// Calls of `try_get` that were given nothing.
    pub refused: u64,
    /// Resources that were created.
    pub created: u64,
    /// Creates that failed or took too long.
    pub create_failed: u64,
    /// Resources that were made elsewhere and taken in.
    pub inserted: u64,
    /// Resources that have ended.
    pub ended: u64,
    /// Resources that left with their holder.
    pub detached: u64,
}
