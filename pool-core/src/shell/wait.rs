//! A waiter: its place in the queue, and what it does when it is called there.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use crate::error::Phase;
use crate::event::GetOutcome;
use crate::panics::contain;
use crate::pooled::Pooled;
use crate::shell::check::end_unfit;
use crate::shell::creation::create;
use crate::shell::shared::Shared;
use crate::shell::slot::{Failure, Slot};
use crate::state::{Effects, Entered, Key, Lent, Permit, Polled, Role, Standing, Verdict};

/// What a waiter receives.
pub(crate) type Received<P> = Result<Lent<Box<Slot<P>>>, Verdict<Failure<<P as Pooled>::Error>>>;

/// Waits for the first of {returned, created, checked} (law W4). Dropped, it gives up its place and
/// what it was given; creates and checks go on without it (laws C1, C2, G1).
pub(crate) struct Wait<'a, P: Pooled> {
    shared: &'a Arc<Shared<P>>,
    /// `None` while it is out of the queue: before the first poll, after the last, and when what it
    /// was given was taken back (law G2).
    place: Option<Key>,
    /// Where it enters.
    standing: Standing,
    /// Its create was dropped by an executor that is gone, once.
    is_abandoned: bool,
}

type Look<P> = Polled<Box<Slot<P>>, Failure<<P as Pooled>::Error>>;

impl<'a, P: Pooled> Wait<'a, P> {
    /// A waiter that will enter the queue, as the last, when it is polled.
    pub(crate) fn new(shared: &'a Arc<Shared<P>>) -> Self {
        Self { shared, place: None, standing: Standing::Last, is_abandoned: false }
    }

    /// A waiter for whom a resource is being checked.
    pub(crate) fn at(shared: &'a Arc<Shared<P>>, place: Key) -> Self {
        let place = Some(place);
        Self { shared, place, standing: Standing::First, is_abandoned: false }
    }

    /// A waiter that was lent a resource which failed its check: the resource is ended, and the
    /// waiter is first in the queue at once (law F3). `None` if the pool is closed.
    pub(crate) fn again(
        shared: &'a Arc<Shared<P>>,
        unfit: Box<Slot<P>>,
        deadline: Option<Instant>,
    ) -> Option<Self> {
        let mut wait = None;
        end_unfit(shared, unfit, |is_closing| {
            let (place, effects) = shared.with(|state| state.reenter(is_closing, deadline));
            wait = place.map(|place| Self::at(shared, place));
            shared.carry_out(effects);
        });
        wait
    }

    /// `deadline` is when its get has no more time.
    pub(crate) fn poll(
        &mut self,
        deadline: Option<Instant>,
        cx: &mut Context<'_>,
    ) -> Poll<Received<P>> {
        loop {
            match self.look(deadline, cx) {
                Polled::Granted(lent) => return Poll::Ready(Ok(lent)),
                // An executor has shut down, and there may be another: once more.
                Polled::Told(Verdict::Failed(Failure::Abandoned)) if !self.is_abandoned => {
                    self.is_abandoned = true;
                }
                Polled::Told(verdict) => return Poll::Ready(Err(verdict)),
                Polled::Create(permit) => self.create(permit),
                Polled::Pointless(permit) => {
                    self.shared.change(|state| state.release_permit(permit));
                }
                Polled::Stale(evicted) => {
                    let evicted = vec![evicted];
                    self.shared.carry_out(Effects { evicted, ..Effects::none() });
                }
                Polled::Absent => {}
                Polled::Waits => return Poll::Pending,
            }
        }
    }

    /// Gives up its place and ends its get.
    pub(crate) fn leave(&mut self, outcome: GetOutcome) -> bool {
        let has_place = self.place.is_some();
        self.give_up_place(Some(outcome));
        has_place
    }

    pub(crate) fn phase(&self) -> Phase {
        let role = |place| self.shared.with(|state| state.role(place));
        match self.place.as_ref().map_or(Role::Unasked, role) {
            Role::Unasked | Role::Entrusted => Phase::Wait,
            Role::Creating => Phase::Create,
            Role::Checking => Phase::Recycle,
        }
    }

    /// Begins a create. Should its first poll panic, that unwinds through the get.
    fn create(&self, permit: Permit) {
        if let Err(payload) = create(self.shared, permit) {
            resume_unwind(payload);
        }
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

    fn look(&mut self, deadline: Option<Instant>, cx: &mut Context<'_>) -> Look<P> {
        if self.place.is_none() {
            return self.enter(deadline, cx);
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
                    if let Some(unused) = waker {
                        contain(|| drop(unused));
                    }
                    return polled;
                }
                None => waker = Some(cx.waker().clone()),
            }
        }
    }

    fn enter(&mut self, deadline: Option<Instant>, cx: &mut Context<'_>) -> Look<P> {
        let standing = std::mem::replace(&mut self.standing, Standing::First);
        let enter = |is_attended| {
            let waker = cx.waker().clone();
            self.shared.with(|state| state.enter(waker, deadline, standing, is_attended))
        };
        let (mut entered, mut effects) = enter(false);
        if matches!(entered, Entered::Unattended) {
            self.shared.carry_out(effects);
            self.shared.attend();
            (entered, effects) = enter(true);
        }
        let polled = match entered {
            Entered::Lent(lent) => Polled::Granted(lent),
            Entered::Refused(Verdict::Overloaded) => Polled::Told(Verdict::Overloaded),
            Entered::Refused(Verdict::Closed) => Polled::Told(Verdict::Closed),
            Entered::Unattended => unreachable!("it was attended to"),
            Entered::Waits(key) => {
                self.place = Some(key);
                Polled::Waits
            }
            Entered::Creates(key, permit) => {
                self.place = Some(key);
                Polled::Create(permit)
            }
        };
        self.shared.carry_out(effects);
        polled
    }
}

impl<P: Pooled> Drop for Wait<'_, P> {
    fn drop(&mut self) {
        self.give_up_place(None);
    }
}
