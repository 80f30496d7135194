//! The names of the figures that are held against targets or drawn.

pub(crate) const HIT: &str = "get and drop";

pub(crate) const OURS_TIMEOUT: &str = "this pool, get_timeout";
pub(crate) const OURS_LIMITS: &str = "this pool, timeouts and lifetimes";
pub(crate) const OURS_OBSERVED: &str = "this pool, with an observer, too";

pub(crate) const ONE_THREAD: &str = "1 thread";
pub(crate) const TWO_THREADS: &str = "2 threads";

pub(crate) const CURRENT_THREAD: &str = "current_thread";
pub(crate) const WORKERS: &str = "2 workers";

/// The middle, the 99th percentile and the longest.
pub(crate) const CURRENT_THREAD_WAITS: [&str; 3] =
    ["p50, current_thread", "p99, current_thread", "max, current_thread"];
pub(crate) const WORKERS_WAITS: [&str; 3] = ["p50, 2 workers", "p99, 2 workers", "max, 2 workers"];

pub(crate) const BYTES: [&str; 3] =
    ["bytes, 1000 parked", "bytes, 10,000 parked", "bytes, 100,000 parked"];

pub(crate) const DRAIN_100_000: &str = "100,000 waiters";

pub(crate) const LEAVE: &str = "drop of a get that waits";
pub(crate) const WAIT_AND_LEAVE: &str = "a get that waits, and its drop";

pub(crate) const ITEM: &str = "item";
pub(crate) const FUTURE: &str = "get future";
pub(crate) const ALLOCATIONS_HIT: &str = "allocations, served at once";
pub(crate) const ALLOCATIONS_WAITED: &str = "allocations, waited";
