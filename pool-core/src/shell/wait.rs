//! A waiter: its place in the queue and the create it drives meanwhile.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::error::Phase;
use crate::event::{DiscardReason, Event, GetOutcome};
use crate::panics::contain;
use crate::pooled::Pooled;
use crate::shell::closing::Closing;
use crate::shell::creation::Creation;
use crate::shell::returning::close_inline;
use crate::shell::shared::Shared;
use crate::shell::slot::{Failure, Slot};
use crate::state::{Entered, Key, Lent, Polled, Verdict};

/// What a waiter receives.
pub(crate) type Received<P> = Result<Lent<Box<Slot<P>>>, Verdict<Failure<<P as Pooled>::Error>>>;

/// Waits for the first of {returned, created} (law W4). Dropped, it gives up its place and what
/// it was granted, and leaves a started create to the executor (laws C1, C2, W4).
pub(crate) struct Wait<'a, P: Pooled> {
    shared: &'a Arc<Shared<P>>,
    /// `None` before the first poll and after the last.
    place: Option<Key>,
    creation: Option<Creation<P>>,
}

impl<'a, P: Pooled> Wait<'a, P> {
    /// A waiter that will enter the queue, as the last, when it is polled.
    pub(crate) fn new(shared: &'a Arc<Shared<P>>) -> Self {
        Self { shared, place: None, creation: None }
    }

    /// A waiter that was lent a resource which turned out unfit: the resource is ended, and the
    /// waiter is first in the queue at once (law F3). `None` if the pool is closed.
    pub(crate) fn again(shared: &'a Arc<Shared<P>>, unfit: Box<Slot<P>>) -> Option<Self> {
        shared.observe(|| Event::Discard { reason: DiscardReason::Unfit });
        let closing = close_inline::<P>(unfit).err();
        let (place, effects) = shared.with(|state| state.reenter(closing.is_some()));
        let wait = Self { shared, place, creation: None };
        shared.carry_out(effects);
        if let Some(slot) = closing {
            Closing::close(shared, slot).begin();
        }
        wait.place.is_some().then_some(wait)
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Received<P>> {
        loop {
            self.drive(cx);
            match self.look(cx) {
                Polled::Granted(lent) => {
                    self.hand_over();
                    return Poll::Ready(Ok(lent));
                }
                Polled::Told(verdict) => return Poll::Ready(Err(verdict)),
                Polled::Drive(permit) => {
                    self.creation = Some(Creation::new(Arc::clone(self.shared), permit));
                }
                Polled::Pointless => {
                    self.shared.change(|state| state.release_permit(self.place.as_ref()));
                }
                Polled::Waits => return Poll::Pending,
            }
        }
    }

    /// Gives up its place and ends its get, unless it has a create to hand over first.
    pub(crate) fn leave(&mut self, outcome: GetOutcome) -> bool {
        let is_all = self.creation.is_none() && self.place.is_some();
        if is_all {
            self.give_up_place(Some(outcome));
        }
        is_all
    }

    /// Leaves the queue, and ends its get with it if it is told how.
    fn give_up_place(&mut self, ended: Option<GetOutcome>) {
        let Some(place) = self.place.take() else { return };
        self.shared.change(|state| {
            let effects = state.leave(place);
            if let Some(outcome) = ended {
                state.end(outcome);
            }
            effects
        });
    }

    pub(crate) fn phase(&self) -> Phase {
        match &self.creation {
            Some(creation) if creation.is_started() => Phase::Create,
            Some(_) | None => Phase::Wait,
        }
    }

    /// Carries the create on. Should it panic, its permit is settled before the panic goes on.
    fn drive(&mut self, cx: &mut Context<'_>) {
        let Some(creation) = &mut self.creation else { return };
        let Poll::Ready(outcome) = creation.poll(cx) else { return };
        if let Some(creation) = self.creation.take()
            && let Some(payload) = creation.settle(outcome, self.place.as_ref())
        {
            resume_unwind(payload);
        }
    }

    fn hand_over(&mut self) {
        if let Some(creation) = self.creation.take() {
            creation.hand_over();
        }
    }

    fn look(&mut self, cx: &mut Context<'_>) -> Polled<Box<Slot<P>>, Failure<P::Error>> {
        if self.place.is_none() {
            return self.enter(cx);
        }
        // The waker is cloned only if the one on record is another, and not under the lock.
        let mut waker = None;
        loop {
            let place = &mut self.place;
            let polled = self
                .shared
                .with(|state| state.poll(place, &mut waker, |known| known.will_wake(cx.waker())));
            match polled {
                Some(polled) => {
                    contain(|| drop(waker));
                    return polled;
                }
                None => waker = Some(cx.waker().clone()),
            }
        }
    }

    fn enter(&mut self, cx: &mut Context<'_>) -> Polled<Box<Slot<P>>, Failure<P::Error>> {
        let waker = cx.waker().clone();
        let (entered, effects) = self.shared.with(|state| state.enter(waker));
        let polled = match entered {
            Entered::Lent(lent) => Polled::Granted(lent),
            Entered::Refused(Verdict::Overloaded) => Polled::Told(Verdict::Overloaded),
            Entered::Refused(Verdict::Closed) => Polled::Told(Verdict::Closed),
            Entered::Waits(key) => {
                self.place = Some(key);
                Polled::Waits
            }
            Entered::Drives(key, permit) => {
                self.place = Some(key);
                Polled::Drive(permit)
            }
        };
        self.shared.carry_out(effects);
        polled
    }
}

impl<P: Pooled> Drop for Wait<'_, P> {
    fn drop(&mut self) {
        self.give_up_place(None);
        self.hand_over();
    }
}
