//! The check of a resource before it is lent again: whether it is due, and how it is done.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::event::{DiscardReason, Event, Operation};
use crate::panics::contained;
use crate::pooled::{Pooled, checks_inline};
use crate::settings::Settings;
use crate::shell::item::{Item, Unchecked};
use crate::shell::observing::Observed;
use crate::shell::timer::Within;
use crate::state::State;

/// A resource that passed its check, or one that did not.
pub(crate) type Checked<P> = Result<Item<P>, Unchecked<P>>;

/// Checks a resource within `recycle_timeout`, if that is due: whether it has been idle for long
/// enough, only a clock can tell.
#[expect(clippy::manual_async_fn, reason = "an `async fn` would hold its argument twice")]
pub(crate) fn check<P: Pooled>(
    mut unchecked: Unchecked<P>,
) -> impl Future<Output = Checked<P>> + Send {
    async move {
        let shared = unchecked.shared();
        let (recycle_policy, recycle_timeout, failed_checks) = shared.with(|state| {
            let Settings { recycle_policy, recycle_timeout, .. } = *state.settings();
            (recycle_policy, recycle_timeout, state.failed_checks())
        });
        if unchecked.is_warm(recycle_policy, failed_checks) {
            return Ok(unchecked.pass());
        }
        let (resource, config, usage, _) = unchecked.parts();
        let check = P::recycle(resource, config, &usage);
        let check = Within::new(&*shared.runtime, recycle_timeout, check);
        let event = |outcome, took| Event::Recycle { outcome, took };
        let checked = Observed::new(&*shared, Operation::Recycle, event, check).await;
        if let Some(Ok(())) = checked {
            unchecked.mark_checked(failed_checks);
            return Ok(unchecked.pass());
        }
        shared.with(State::suspect);
        Err(unchecked)
    }
}

/// The payload of a panic.
type Panic = Box<dyn Any + Send>;

/// Polls a check once. A pending one is left to the executor: the resource is then returned.
///
/// Should the check panic, the payload is the error: the caller has to count before it unwinds.
#[inline]
pub(crate) fn try_check<P: Pooled>(mut unchecked: Unchecked<P>) -> Result<Item<P>, Option<Panic>> {
    if checks_inline::<P>() {
        match is_fit_at_once(&mut unchecked) {
            Ok(true) => return Ok(unchecked.pass()),
            Ok(false) => {}
            Err(panic) => return Err(Some(panic)),
        }
    }
    poll_check_once(unchecked)
}

#[inline(never)]
fn poll_check_once<P: Pooled>(unchecked: Unchecked<P>) -> Result<Item<P>, Option<Panic>> {
    let shared = unchecked.shared();
    let mut checking = Box::pin(check(unchecked));
    let mut cx = Context::from_waker(Waker::noop());
    match catch_unwind(AssertUnwindSafe(|| checking.as_mut().poll(&mut cx))) {
        Ok(Poll::Ready(Ok(item))) => Ok(item),
        Ok(Poll::Ready(Err(unfit))) => {
            shared.discard(unfit.give_up(), DiscardReason::Unfit);
            Err(None)
        }
        Ok(Poll::Pending) => {
            let owner = Arc::clone(&shared);
            shared.runtime.spawn(Box::pin(async move {
                if let Some(Err(unfit)) = contained(checking).await {
                    owner.discard(unfit.give_up(), DiscardReason::Unfit);
                }
            }));
            Err(None)
        }
        Err(panic) => Err(Some(panic)),
    }
}

/// Polls a zero-sized check. Should it be pending, it is dropped and made anew.
#[inline]
pub(crate) fn is_fit_at_once<P: Pooled>(unchecked: &mut Unchecked<P>) -> Result<bool, Panic> {
    catch_unwind(AssertUnwindSafe(|| {
        let (resource, config, usage, _) = unchecked.parts();
        let check = pin!(P::recycle(resource, config, &usage));
        matches!(check.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(())))
    }))
}
