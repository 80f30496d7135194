//! Creating what is missing to the minimum, for a caller that waits until it exists.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::error::GetError;
use crate::pooled::Pooled;
use crate::shell::creation::create;
use crate::shell::get::failed;
use crate::shell::shared::Shared;
use crate::shell::slot::Failure;
use crate::shell::timer::Timer;
use crate::shell::watch::Watch;
use crate::state::State;

/// Begins as many creates as the pool allows, and waits. It holds nothing: creates go on in the
/// executor, whatever becomes of this.
pub(crate) struct Fill<P: Pooled> {
    shared: Arc<Shared<P>>,
    watch: Watch<P>,
    /// An executor that is gone has dropped a create, once.
    is_abandoned: bool,
}

impl<P: Pooled> Fill<P> {
    pub(crate) fn new(shared: &Arc<Shared<P>>) -> Self {
        let watch = Watch::listening(Arc::clone(shared));
        Self { shared: Arc::clone(shared), watch, is_abandoned: false }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), GetError<P::Error>>> {
        loop {
            // It listens before a create is begun.
            let turn =
                |state: &_| State::lacks_minimum(state) || state.is_filled() || state.is_closed();
            let is_turn = self.watch.poll_until(turn, cx).is_ready();
            if let Some(failure) = self.watch.heard() {
                // There may be another executor: once more.
                if matches!(failure, Failure::Abandoned)
                    && !std::mem::replace(&mut self.is_abandoned, true)
                {
                    continue;
                }
                return Poll::Ready(Err(failed(&self.shared, failure, &Timer::Never)));
            }
            if !is_turn {
                return Poll::Pending;
            }
            let (filled, closed) = self.shared.with(|state| (state.is_filled(), state.is_closed()));
            if closed {
                return Poll::Ready(Err(GetError::Closed));
            }
            if filled {
                return Poll::Ready(Ok(()));
            }
            if let Some(permit) = self.shared.with(State::permit_to_fill)
                && let Err(payload) = create(&self.shared, permit)
            {
                resume_unwind(payload);
            }
        }
    }
}
