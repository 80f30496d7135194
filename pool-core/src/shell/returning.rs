//! The way back of a resource: the question, the reset, and then handed on, idle, or at its end.
//!
//! All that a holder gives back comes through here, and all that ends goes out through here. What
//! does not end at once is a [`Closing`], which owns the slot from there on.

use std::panic::Location;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::event::{DiscardReason, Event};
use crate::panics::{contain, contained_answer};
use crate::pooled::{Pooled, checks_inline, closes_inline, resets_inline};
use crate::shell::closing::Closing;
use crate::shell::shared::{Locked, Shared};
use crate::shell::slot::Slot;
use crate::shell::sync::MutexGuard;
use crate::shell::work::inside;
use crate::state::State;
use crate::usage::Loan;

impl<P: Pooled> Shared<P> {
    /// Takes a resource back from its holder.
    #[inline]
    pub(crate) fn put(self: &Arc<Self>, mut slot: Box<Slot<P>>) {
        if slot.life.loan.is_some() {
            self.end_loan(&mut slot);
        }
        if std::thread::panicking() && self.with(|state| state.settings().discard_on_panic) {
            return self.discard(slot, DiscardReason::HolderPanicked);
        }
        let resource = &mut slot.resource;
        if contained_answer(|| P::is_reusable(resource)) != Some(true) {
            return self.discard(slot, DiscardReason::NotReusable);
        }
        if !checks_inline::<P>() && slot.life.notes_return {
            slot.life.returned_at = Some(self.runtime.now());
        }
        match reset_inline::<P>(&mut slot.resource) {
            Some(true) => {}
            Some(false) => return self.discard(slot, DiscardReason::NotReset),
            None => return self.reset(slot),
        }
        let mut locked = self.locked.lock();
        if let Err(slot) = locked.state.put_idle(slot) {
            self.hand_on(locked, slot);
        }
    }

    /// The rest of `put`, in the same critical section but apart, so that the hit path is short.
    #[cold]
    fn hand_on(self: &Arc<Self>, mut locked: MutexGuard<'_, Locked<P>>, slot: Box<Slot<P>>) {
        let effects = locked.state.put(slot);
        drop(locked);
        self.carry_out(effects);
    }

    /// Ends a lent resource and frees its slot when it is gone.
    #[cold]
    pub(crate) fn discard(self: &Arc<Self>, slot: Box<Slot<P>>, reason: DiscardReason) {
        self.with(State::retire);
        self.end(slot, reason);
    }

    /// Notes that an item begins.
    #[cold]
    pub(crate) fn begin_loan(&self, slot: &mut Slot<P>, caller: &'static Location<'static>) {
        let since = self.runtime.now();
        let number = slot.life.number;
        let holder = self.holders.as_ref().map(|holders| holders.begin(caller, since, number));
        slot.life.loan = Some(Loan { since, holder });
    }

    /// Notes that an item has ended.
    #[cold]
    pub(crate) fn end_loan(&self, slot: &mut Slot<P>) {
        let Some(Loan { since, holder }) = slot.life.loan.take() else { return };
        if let (Some(holders), Some(holder)) = (&self.holders, holder) {
            holders.end(holder);
        }
        self.observe(|| Event::Return {
            held: self.runtime.now().saturating_duration_since(since),
        });
    }

    /// Ends a resource whose slot is closing.
    pub(crate) fn end(self: &Arc<Self>, slot: Box<Slot<P>>, reason: DiscardReason) {
        self.observe(|| Event::Discard { reason: slot.origin.discard_reason(reason) });
        match close_inline::<P>(self, slot) {
            Ok(()) => self.change(State::gone),
            Err(slot) => Closing::close(self, slot).begin(),
        }
    }

    /// Resets a returned resource, unless it would be closed then.
    fn reset(self: &Arc<Self>, slot: Box<Slot<P>>) {
        match self.with(|state| state.begin_reset(&slot)) {
            Ok(()) => Closing::reset(self, slot).begin(),
            Err(reason) => self.end(slot, reason),
        }
    }
}

/// Ends a resource whose close is zero-sized, such as the default, which drops it. Gives the
/// slot back if its close is a real one.
pub(crate) fn close_inline<P: Pooled>(
    shared: &Shared<P>,
    slot: Box<Slot<P>>,
) -> Result<(), Box<Slot<P>>> {
    if !closes_inline::<P>() {
        return Err(slot);
    }
    let close = || {
        let goodbye = pin!(P::close(slot.resource));
        // A zero-sized future has nothing to come back for.
        let _ended = goodbye.poll(&mut Context::from_waker(Waker::noop()));
    };
    contain(|| inside(&*shared.runtime, close));
    Ok(())
}

/// Resets a resource whose reset is zero-sized, such as the default, which does nothing. Says
/// whether it is fit to be lent again; `None` if its reset is a real one.
#[inline]
pub(crate) fn reset_inline<P: Pooled>(resource: &mut P::Resource) -> Option<bool> {
    if !resets_inline::<P>() {
        return None;
    }
    let fit = contained_answer(|| {
        let reset = pin!(P::reset(resource));
        matches!(reset.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(())))
    });
    Some(fit.unwrap_or(false))
}
