//! A handle that does not keep the pool open.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Weak};

use crate::pool::{Closer, Pool};
use crate::pooled::Pooled;
use crate::shell::shared::Shared;

/// A handle to a pool that does not keep it open: it closes when the last [`Pool`] is dropped.
pub struct WeakPool<P: Pooled, R> {
    shared: Weak<Shared<P>>,
    closer: Weak<Closer<P>>,
    runtime: PhantomData<fn() -> R>,
}

impl<P: Pooled, R> Pool<P, R> {
    /// A handle that does not keep the pool open.
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

    /// A full handle, unless the last one is gone.
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
