//! Waiting for the pool itself: until it has settled, is empty, is filled.

use std::sync::Arc;
use std::task::{Context, Poll};

use crate::panics::contain;
use crate::pooled::Pooled;
use crate::shell::shared::{PoolState, Shared};

/// A place among the pool's watchers, given up on drop.
pub(crate) struct Watch<P: Pooled> {
    shared: Arc<Shared<P>>,
    watcher: Option<usize>,
}

impl<P: Pooled> Watch<P> {
    pub(crate) fn new(shared: Arc<Shared<P>>) -> Self {
        Self { shared, watcher: None }
    }

    /// Is ready when `is_so`; looks again after each event that may have made it so.
    pub(crate) fn poll_until(
        &mut self,
        is_so: impl FnOnce(&PoolState<P>) -> bool,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let waker = cx.waker().clone();
        let (poll, unused) = self.shared.with(|state| {
            if is_so(state) {
                return (Poll::Ready(()), Some(waker));
            }
            if let Some(watcher) = self.watcher {
                return (Poll::Pending, state.rewatch(watcher, waker));
            }
            self.watcher = Some(state.watch(waker));
            (Poll::Pending, None)
        });
        contain(|| drop(unused));
        poll
    }
}

impl<P: Pooled> Drop for Watch<P> {
    fn drop(&mut self) {
        if let Some(watcher) = self.watcher.take() {
            let waker = self.shared.with(|state| state.unwatch(watcher));
            contain(|| drop(waker));
        }
    }
}
