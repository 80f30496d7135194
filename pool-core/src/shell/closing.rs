//! A slot that is closing: its resource is being reset, or is saying goodbye.
//!
//! A [`Closing`] owns the slot (law A3): it ends with the resource back in the pool, or with the
//! slot free, which `Drop` sees to, whatever cuts it short.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::event::{DiscardReason, Event, Operation};
use crate::panics::contain;
use crate::pooled::Pooled;
use crate::shell::observing::Observed;
use crate::shell::shared::Shared;
use crate::shell::slot::Slot;
use crate::shell::timer::{Within, beginning};
use crate::shell::work::inside;
use crate::state::State;

/// Ends with the resource if it is fit to be lent again.
type Work<P> = Pin<Box<dyn Future<Output = Option<Box<Slot<P>>>> + Send>>;

pub(crate) struct Closing<P: Pooled> {
    /// `None` once the slot is no longer closing.
    work: Option<Work<P>>,
    shared: Arc<Shared<P>>,
}

impl<P: Pooled> Closing<P> {
    /// Resets a returned resource, and closes it if that fails.
    pub(crate) fn reset(shared: &Arc<Shared<P>>, mut slot: Box<Slot<P>>) -> Self {
        let owner = Arc::clone(shared);
        Self::new(shared, async move {
            let timeout = owner.with(|state| state.settings().reset_timeout);
            let report = ReportOnDrop(Some(&owner));
            let reset = Within::new(&*owner.runtime, timeout, P::reset(&mut slot.resource));
            let event = |outcome, took| Event::Reset { outcome, took };
            if let Some(Ok(())) = Observed::new(&*owner, Operation::Reset, event, reset).await {
                report.avert();
                return Some(slot);
            }
            drop(report);
            close(&owner, slot).await;
            None
        })
    }

    /// Closes a resource that leaves the pool.
    pub(crate) fn close(shared: &Arc<Shared<P>>, slot: Box<Slot<P>>) -> Self {
        let owner = Arc::clone(shared);
        Self::new(shared, async move {
            close(&owner, slot).await;
            None
        })
    }

    /// Goes as far as it can at once and leaves the rest to the executor.
    pub(crate) fn begin(mut self) {
        let shared = Arc::clone(&self.shared);
        let mut cx = beginning();
        let polled = inside(&*shared.runtime, || Pin::new(&mut self).poll(&mut cx));
        if polled.is_pending() {
            shared.runtime.spawn(Box::pin(self));
        }
    }

    fn new(
        shared: &Arc<Shared<P>>,
        work: impl Future<Output = Option<Box<Slot<P>>>> + Send + 'static,
    ) -> Self {
        Self { work: Some(Box::pin(work)), shared: Arc::clone(shared) }
    }
}

impl<P: Pooled> Future for Closing<P> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(work) = &mut self.work else { return Poll::Ready(()) };
        match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Some(slot))) => {
                self.work = None;
                self.shared.change(|state| state.returned(slot));
            }
            Ok(Poll::Ready(None)) => self.free(),
            Err(payload) => {
                contain(|| drop(payload));
                self.free();
            }
        }
        Poll::Ready(())
    }
}

impl<P: Pooled> Closing<P> {
    /// Drops what is left of the resource, and only then frees its slot.
    fn free(&mut self) {
        if let Some(work) = self.work.take() {
            let runtime = &*self.shared.runtime;
            contain(|| inside(runtime, || drop(work)));
            self.shared.change(State::gone);
        }
    }
}

impl<P: Pooled> Drop for Closing<P> {
    fn drop(&mut self) {
        self.free();
    }
}

/// Tells that a resource ends whose reset did not succeed, however that came.
struct ReportOnDrop<'a, P: Pooled>(Option<&'a Shared<P>>);

impl<P: Pooled> ReportOnDrop<'_, P> {
    fn avert(mut self) {
        self.0 = None;
    }
}

impl<P: Pooled> Drop for ReportOnDrop<'_, P> {
    fn drop(&mut self) {
        if let Some(shared) = self.0 {
            shared.observe(|| Event::Discard { reason: DiscardReason::NotReset });
        }
    }
}

/// Says goodbye, for at most `close_timeout`.
async fn close<P: Pooled>(shared: &Shared<P>, slot: Box<Slot<P>>) {
    let timeout = shared.with(|state| state.settings().close_timeout);
    let goodbye = P::close(slot.resource);
    Within::new(&*shared.runtime, timeout, goodbye).await;
}
