//! The check of a resource before it is lent again: whether it is due, and how it is done.
//!
//! A check is polled once where it begins. A pending one goes on in the executor (law G1), while
//! its borrower waits in the queue where it belongs by its age: what passes goes to the oldest waiter,
//! what does not is ended, whoever is still there (law C3).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use pin_project_lite::pin_project;

use crate::event::{DiscardReason, Event, Operation};
use crate::panics::{Panic, contain};
use crate::pooled::{Pooled, checks_inline};
use crate::settings::Settings;
use crate::shell::closing::Closing;
use crate::shell::item::{Item, Unchecked};
use crate::shell::observing::Observed;
use crate::shell::returning::close_inline;
use crate::shell::shared::Shared;
use crate::shell::slot::{Failure, Slot};
use crate::shell::timer::{Within, beginning};
use crate::shell::work::{Flight, inside};
use crate::state::{Asker, Key, Standing, State};

/// What a check that was begun has come to.
pub(crate) enum Begun<P: Pooled> {
    Passed(Item<P>),
    /// The resource is to be ended by its borrower, which is first in the queue then.
    Unfit(Box<Slot<P>>),
    /// It goes on; its borrower waits at this place.
    Pending(Key),
    /// It would go on, but the pool is closed.
    Closed,
    Panicked(Panic),
}

/// Begins a check for a get that waits for what comes of it.
pub(crate) fn begin_check<P: Pooled>(
    unchecked: Unchecked<P>,
    deadline: Option<Instant>,
    standing: Standing,
) -> Begun<P> {
    let shared = unchecked.shared();
    let checking = Checking::boxed(&shared, check(unchecked));
    match begin(&shared, checking) {
        Ok(Polled::Ended(Verdict::Passed(unchecked))) => Begun::Passed(unchecked.pass()),
        Ok(Polled::Ended(Verdict::Unfit(slot) | Verdict::Revoked(slot))) => Begun::Unfit(slot),
        Ok(Polled::Pending(mut checking)) => {
            let (place, effects) = shared.with(|state| state.await_check(deadline, standing));
            shared.carry_out(effects);
            let Some((place, asker)) = place else {
                contain(|| inside(&*shared.runtime, || drop(checking)));
                return Begun::Closed;
            };
            checking.as_mut().leave(Some(asker));
            shared.runtime.spawn(checking);
            Begun::Pending(place)
        }
        Err(payload) => Begun::Panicked(payload),
    }
}

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
    let checking = Checking::boxed(&shared, check(unchecked));
    match begin(&shared, checking).map_err(Some)? {
        Polled::Ended(Verdict::Passed(unchecked)) => Ok(unchecked.pass()),
        Polled::Ended(Verdict::Unfit(slot) | Verdict::Revoked(slot)) => {
            shared.discard(slot, DiscardReason::Unfit);
            Err(None)
        }
        Polled::Pending(mut checking) => {
            shared.with(State::leave_check);
            checking.as_mut().leave(None);
            shared.runtime.spawn(checking);
            Err(None)
        }
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

/// What a check says of its resource.
enum Verdict<P: Pooled> {
    Passed(Unchecked<P>),
    Unfit(Box<Slot<P>>),
    /// Nobody can use it any more, whatever the check would have said (law G4).
    Revoked(Box<Slot<P>>),
}

/// Checks a resource within `recycle_timeout`, if that is due: whether it has been idle for long
/// enough, only a clock can tell.
#[expect(clippy::manual_async_fn, reason = "an `async fn` would hold its argument twice")]
fn check<P: Pooled>(mut unchecked: Unchecked<P>) -> impl Future<Output = Verdict<P>> + Send {
    async move {
        let shared = unchecked.shared();
        let (recycle_policy, recycle_timeout, failed_checks) = shared.with(|state| {
            let Settings { recycle_policy, recycle_timeout, .. } = *state.settings();
            (recycle_policy, recycle_timeout, state.failed_checks())
        });
        if unchecked.is_warm(recycle_policy, failed_checks) {
            return Verdict::Passed(unchecked);
        }
        let generation = unchecked.generation();
        let (resource, config, usage, _) = unchecked.parts();
        let check = P::recycle(resource, config, &usage);
        let check = Within::new(&*shared.runtime, recycle_timeout, check);
        let event = |outcome, took| Event::Recycle { outcome, took };
        let check = Observed::new(&*shared, Operation::Recycle, event, check);
        match Flight::new(&shared, generation, check).await {
            Some(Some(Ok(()))) => {
                unchecked.mark_checked(failed_checks);
                Verdict::Passed(unchecked)
            }
            Some(_) => {
                shared.with(State::suspect);
                Verdict::Unfit(unchecked.give_up())
            }
            None => Verdict::Revoked(unchecked.give_up()),
        }
    }
}

/// A check that was polled where it begins.
enum Polled<P: Pooled, F> {
    Ended(Verdict<P>),
    Pending(Pin<Box<Checking<P, F>>>),
}

fn begin<P: Pooled, F: Future<Output = Verdict<P>>>(
    shared: &Shared<P>,
    mut checking: Pin<Box<Checking<P, F>>>,
) -> Result<Polled<P, F>, Panic> {
    inside(&*shared.runtime, || {
        let mut cx = beginning();
        let work = checking.as_mut().project().work;
        let polled = catch_unwind(AssertUnwindSafe(|| poll_work(work, &mut cx)));
        match polled {
            Ok(Poll::Ready(verdict)) => Ok(Polled::Ended(verdict)),
            Ok(Poll::Pending) => Ok(Polled::Pending(checking)),
            Err(payload) => {
                contain(|| drop(checking));
                Err(payload)
            }
        }
    })
}

pin_project! {
    /// A check that goes on in the executor.
    #[project = CheckingProjection]
    struct Checking<P: Pooled, F> {
        shared: Arc<Shared<P>>,
        asker: Option<Asker>,
        // The state machine counts it; that ends with it.
        is_counted: bool,
        // Holds the resource, which is discarded if it is dropped.
        #[pin]
        work: Option<F>,
    }

    impl<P: Pooled, F> PinnedDrop for Checking<P, F> {
        fn drop(this: Pin<&mut Self>) {
            this.project().break_off(None);
        }
    }
}

impl<P: Pooled, F: Future<Output = Verdict<P>>> Checking<P, F> {
    fn boxed(shared: &Arc<Shared<P>>, work: F) -> Pin<Box<Self>> {
        let shared = Arc::clone(shared);
        Box::pin(Self { shared, asker: None, is_counted: false, work: Some(work) })
    }

    /// Its borrower leaves it to the executor, and waits for it if it is the asker.
    fn leave(self: Pin<&mut Self>, asker: Option<Asker>) {
        let this = self.project();
        (*this.asker, *this.is_counted) = (asker, true);
    }
}

impl<P: Pooled, F> CheckingProjection<'_, P, F> {
    /// The check ends without a verdict. Its asker waits on, for the room that is left of the
    /// resource, or is told the cause.
    fn break_off(&mut self, cause: Option<Failure<P::Error>>) {
        if std::mem::take(self.is_counted) {
            let asker = self.asker.take();
            self.shared.change(|state| state.check_broke_off(asker, cause));
        }
        let runtime = &*self.shared.runtime;
        contain(|| inside(runtime, || self.work.set(None)));
    }
}

impl<P: Pooled, F: Future<Output = Verdict<P>>> Future for Checking<P, F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let work = this.work.as_mut();
        match catch_unwind(AssertUnwindSafe(|| poll_work(work, cx))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(verdict)) => {
                *this.is_counted = false;
                settle(this.shared, verdict, this.asker.take());
            }
            Err(payload) => this.break_off(Some(Failure::panicked(payload))),
        }
        Poll::Ready(())
    }
}

/// Gives what became of a pending check to the pool.
fn settle<P: Pooled>(shared: &Arc<Shared<P>>, verdict: Verdict<P>, asker: Option<Asker>) {
    match verdict {
        Verdict::Passed(mut unchecked) => {
            unchecked.mark_fit();
            let slot = unchecked.give_up();
            shared.change(|state| state.check_passed(slot, asker));
        }
        Verdict::Unfit(slot) => {
            end_unfit(shared, slot, |is_closing| {
                shared.change(|state| state.check_failed(is_closing, asker));
            });
        }
        Verdict::Revoked(slot) => {
            let is_closed = shared.with(|state| state.is_closed());
            shared.change(|state| state.check_broke_off(asker, None));
            let closed = DiscardReason::PoolClosed;
            let reason = if is_closed { closed } else { DiscardReason::Invalidated };
            shared.discard(slot, reason);
        }
    }
}

/// Ends a resource that failed its check: drops it before `settle` frees its slot, or has it say
/// goodbye afterwards.
pub(crate) fn end_unfit<P: Pooled>(
    shared: &Arc<Shared<P>>,
    unfit: Box<Slot<P>>,
    settle: impl FnOnce(bool),
) {
    shared.observe(|| Event::Discard { reason: DiscardReason::Unfit });
    let closing = close_inline::<P>(shared, unfit).err();
    settle(closing.is_some());
    if let Some(slot) = closing {
        Closing::close(shared, slot).begin();
    }
}

/// Polls a check, and drops it when it has ended.
fn poll_work<F: Future>(mut work: Pin<&mut Option<F>>, cx: &mut Context<'_>) -> Poll<F::Output> {
    let poll = work.as_mut().as_pin_mut().expect("a check that goes on has its work").poll(cx);
    if poll.is_ready() {
        work.set(None);
    }
    poll
}
