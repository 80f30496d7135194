//! What has happened in a pool since it was built, in numbers that add up.

/// Counts since the pool was built, of one moment: [`Pool::counters`](crate::Pool::counters).
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
#[doc = include_str!("pool/example.md")]
/// # run(async {
/// # let pool = Pool::from_fn(connect).build()?;
/// let before = pool.counters();
/// drop(pool.get().await?); // and others, for a minute
/// let after = pool.counters();
/// println!("{} gets in that minute", after.started - before.started);
/// # assert_eq!(after.started - before.started, 1);
/// # Ok(()) });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Counters {
    /// Gets that have begun: a future that was never polled has not.
    pub started: u64,
    /// Gets that were lent (checked out) a resource. A get whose health check is a zero-sized future counts as
    /// served while that is polled.
    pub served: u64,
    /// Gets that timed out.
    pub timed_out: u64,
    /// Gets whose future was dropped before it had ended.
    pub cancelled: u64,
    /// Gets that failed with `Create`, `Closed` or `Overloaded`, or panicked.
    pub failed: u64,
    /// Gets that have begun and not ended.
    pub waiting: u64,
    /// Calls of `try_get`. They do not count as gets above.
    pub tried: u64,
    /// Calls of `try_get` that failed.
    pub refused: u64,
    /// Resources that were created.
    pub created: u64,
    /// Creates that failed or took too long.
    pub create_failed: u64,
    /// Resources that were made elsewhere and added by `insert`.
    pub inserted: u64,
    /// Resources that are gone: evicted, discarded, or closed with the pool.
    pub ended: u64,
    /// Resources that left the pool with their holder, by `Item::detach` or `retain`.
    pub detached: u64,
}
