//! A handle that does not keep the pool open.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

use crate::pool::{Closer, Pool};
use crate::pooled::Pooled;
use crate::shell::shared::Shared;

/// A handle to a pool that does not keep it open.
///
/// The pool closes when the last [`Pool`] is dropped, however many of these are left. For background
/// tasks, such as one that reports how the pool stands.
pub struct WeakPool<P: Pooled, R> {
    shared: Weak<Shared<P>>,
    closer: Weak<Closer<P>>,
    runtime: PhantomData<fn() -> R>,
}

impl<P: Pooled, R> Pool<P, R> {
    /// Makes a handle that does not keep the pool open.
    pub fn downgrade(&self) -> WeakPool<P, R> {
        WeakPool::of(self)
    }
}

impl<P: Pooled, R> WeakPool<P, R> {
    pub(crate) fn of(pool: &Pool<P, R>) -> Self {
        Self {
            shared: Arc::downgrade(&pool.shared),
            closer: Arc::downgrade(&pool.closer),
            runtime: PhantomData,
        }
    }

    /// Makes a full handle, or `None` if the last one is gone, so that the pool is closed.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// # let pool = Pool::from_fn(connect).build()?;
    /// let weak = pool.downgrade();
    /// if let Some(pool) = weak.upgrade() {
    ///     println!("{}", pool.status());
    /// }
    /// drop(pool);
    /// assert!(weak.upgrade().is_none());
    /// # Ok(()) });
    /// ```
    pub fn upgrade(&self) -> Option<Pool<P, R>> {
        let closer = self.closer.upgrade()?;
        let shared = self.shared.upgrade()?;
        Some(Pool { shared, closer, runtime: PhantomData })
    }
}

impl<P: Pooled, R> Clone for WeakPool<P, R> {
    fn clone(&self) -> Self {
        Self {
            shared: Weak::clone(&self.shared),
            closer: Weak::clone(&self.closer),
            runtime: PhantomData,
        }
    }
}

impl<P: Pooled, R> fmt::Debug for WeakPool<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakPool")
    }
}
