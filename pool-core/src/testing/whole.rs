//! The check that a pool has lost nothing (laws A1 to A3): it can lend all that it may have.

use std::fmt;
use std::time::Duration;

use crate::{Item, Pool, Pooled, Runtime, Status};

/// How long a resource that the pool has to lend may take, its create included.
const PATIENCE: Duration = Duration::from_secs(20);

/// Checks that a pool has lost nothing: it lends `max_size` resources at the same time and no more,
/// and takes all of them back.
///
/// For the end of a test, of any pool that is open and that nobody uses meanwhile. What was not
/// created before is created. A pool whose resources are [`Probe`](super::Probe)s is checked more
/// closely by [`Backend::assert_whole`](super::Backend::assert_whole).
///
/// # Panics
///
/// If an item or a slot is missing, after 20 seconds by the pool's clock; or if a create fails.
///
/// # Examples
///
/// ```standalone_crate
/// # mod binding { include!("../guide/threads.rs"); }
/// # use binding::Threads;
/// use pool_core::TokenPool;
/// use pool_core::testing::assert_whole;
///
/// # pollster::block_on(async {
/// let pool = TokenPool::<Threads>::new(4);
/// let token = pool.get().await;
/// drop(token); // were it forgotten, the next line would panic
/// assert_whole(&pool).await;
/// # });
/// ```
pub async fn assert_whole<P, R>(pool: &Pool<P, R>)
where
    P: Pooled,
    P::Error: fmt::Debug,
    R: Runtime,
{
    drop(all_of(pool).await);
    assert_unused(pool);
}

/// Takes all that the pool may lend, and checks that it is all there is.
pub(super) async fn all_of<P, R>(pool: &Pool<P, R>) -> Vec<Item<P>>
where
    P: Pooled,
    P::Error: fmt::Debug,
    R: Runtime,
{
    let max_size = pool.status().max_size;
    let mut items = Vec::new();
    for held in 0..max_size {
        let got = pool.get_timeout(PATIENCE).await;
        items.push(got.unwrap_or_else(|error| panic!("holding {held} of {max_size}: {error:?}")));
    }
    assert!(pool.get_timeout(Duration::ZERO).await.is_err(), "it lent more than its maximum");
    let status = pool.status();
    let seen = (status.in_use, status.idle, status.creating, status.waiting);
    assert_eq!(seen, (max_size, 0, 0, 0), "all are lent: {status}");
    items
}

/// Checks that nobody has or wants any of a pool's resources, and says how the pool is.
pub(super) fn assert_unused<P: Pooled, R: Runtime>(pool: &Pool<P, R>) -> Status {
    let status = pool.status();
    assert_eq!((status.in_use, status.waiting), (0, 0), "nobody uses it: {status}");
    status
}
