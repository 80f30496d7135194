//! Creating what is missing to the minimum, in the caller's own task.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::error::GetError;
use crate::pooled::Pooled;
use crate::shell::creation::{Creation, Outcome};
use crate::shell::get::failed;
use crate::shell::shared::Shared;
use crate::shell::timer::Timer;
use crate::shell::watch::Watch;
use crate::state::State;

/// Drives as many creates at a time as the pool allows. Dropped, it leaves the started ones to
/// the executor.
pub(crate) struct Fill<P: Pooled> {
    shared: Arc<Shared<P>>,
    creations: Vec<Creation<P>>,
    watch: Watch<P>,
}

impl<P: Pooled> Fill<P> {
    pub(crate) fn new(shared: &Arc<Shared<P>>) -> Self {
        Self {
            shared: Arc::clone(shared),
            creations: Vec::new(),
            watch: Watch::new(Arc::clone(shared)),
        }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), GetError<P::Error>>> {
        loop {
            while let Some(permit) = self.shared.with(State::permit_to_fill) {
                self.creations.push(Creation::new(Arc::clone(&self.shared), permit));
            }
            if let Err(error) = self.advance(cx) {
                return Poll::Ready(Err(error));
            }
            let (filled, closed) = self.shared.with(|state| (state.is_filled(), state.is_closed()));
            if closed {
                return Poll::Ready(Err(GetError::Closed));
            }
            if filled {
                return Poll::Ready(Ok(()));
            }
            let turn =
                |state: &_| State::lacks_minimum(state) || state.is_filled() || state.is_closed();
            if self.watch.poll_until(turn, cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Polls each create; the first failure ends the filling.
    fn advance(&mut self, cx: &mut Context<'_>) -> Result<(), GetError<P::Error>> {
        let mut next = 0;
        while let Some(creation) = self.creations.get_mut(next) {
            let Poll::Ready(outcome) = creation.poll(cx) else {
                next += 1;
                continue;
            };
            let failure = match &outcome {
                Outcome::Made(Err(failure)) => Some(failure.clone()),
                Outcome::Made(Ok(_)) | Outcome::Pointless | Outcome::Panicked(_) => None,
            };
            if let Some(payload) = self.creations.swap_remove(next).settle(outcome, None) {
                resume_unwind(payload);
            }
            if let Some(failure) = failure {
                return Err(failed(&self.shared, failure, &Timer::Never));
            }
        }
        Ok(())
    }
}

impl<P: Pooled> Drop for Fill<P> {
    fn drop(&mut self) {
        for creation in self.creations.drain(..) {
            creation.hand_over();
        }
    }
}
