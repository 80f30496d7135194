//! Waiting for the pool itself: until it has settled, is empty, is filled.

use std::sync::Arc;
use std::task::{Context, Poll};

use crate::panics::contain;
use crate::pooled::Pooled;
use crate::shell::shared::{PoolState, Shared};
use crate::shell::slot::Failure;

/// A place among the pool's watchers, given up on drop.
pub(crate) struct Watch<P: Pooled> {
    shared: Arc<Shared<P>>,
    watcher: Option<usize>,
    listens: bool,
}

impl<P: Pooled> Watch<P> {
    pub(crate) fn new(shared: Arc<Shared<P>>) -> Self {
        Self { shared, watcher: None, listens: false }
    }

    /// One that hears of creates that fail, from its first poll on.
    pub(crate) fn listening(shared: Arc<Shared<P>>) -> Self {
        Self { shared, watcher: None, listens: true }
    }

    /// Is ready when `is_so`; looks again after each event that may have made it so.
    pub(crate) fn poll_until(
        &mut self,
        is_so: impl FnOnce(&PoolState<P>) -> bool,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let waker = cx.waker().clone();
        let (poll, unused) = self.shared.with(|state| {
            let is_so = is_so(state);
            if is_so && !self.listens {
                return (Poll::Ready(()), Some(waker));
            }
            let unused = if let Some(watcher) = self.watcher {
                state.rewatch(watcher, waker)
            } else {
                self.watcher = Some(state.watch(waker, self.listens));
                None
            };
            (if is_so { Poll::Ready(()) } else { Poll::Pending }, unused)
        });
        contain(|| drop(unused));
        poll
    }

    /// Why the first create failed that has failed since, once.
    pub(crate) fn heard(&mut self) -> Option<Failure<P::Error>> {
        let watcher = self.watcher?;
        self.shared.with(|state| state.heard(watcher))
    }
}

impl<P: Pooled> Drop for Watch<P> {
    fn drop(&mut self) {
        if let Some(watcher) = self.watcher.take() {
            let (waker, failure) = self.shared.with(|state| state.unwatch(watcher));
            contain(|| drop(waker));
            contain(|| drop(failure));
        }
    }
}
