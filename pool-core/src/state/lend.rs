//! What a get does: it begins, queues, looks, leaves, and is lent what is idle or was granted.

use std::time::Instant;

use super::outcome::{Effects, Entered, Evicted, Grant, Key, Lent, Polled, Standing, Verdict};
use super::waiters::{Left, Place, Role};
use super::{Dated, Maintenance, State};
use crate::event::{DiscardReason, GetOutcome};
use crate::settings::RecyclePolicy;

impl<T: Dated, E: Clone, W> State<T, E, W> {
    /// A get begins: lends an idle resource, if one can be spared. Overtakes nobody: while anything
    /// is idle, something is in flight for whoever waits.
    #[inline]
    pub(crate) fn begin(&mut self) -> Option<Lent<T>> {
        self.tally.started += 1;
        let lent = self.take().map(|resource| self.lent(resource, false));
        if lent.as_ref().is_none_or(|lent| lent.check_due) {
            self.tally.wait();
        }
        lent
    }

    /// As `begin`, for a `try_get`.
    #[inline]
    pub(crate) fn try_begin(&mut self) -> Option<T> {
        self.tally.tried += 1;
        self.take()
    }

    /// Lends what `begin` and `try_begin` leave alone, as it is the last of `min_idle`.
    pub(crate) fn lend_reserved(&mut self) -> (Option<T>, Effects<T, E, W>) {
        let mut effects = Effects::none();
        let resource = self.lend_idle();
        effects.fill = self.lacks_minimum();
        (resource, effects)
    }

    /// A `try_get` was given nothing.
    pub(crate) fn refuse(&mut self) {
        self.tally.refused += 1;
    }

    /// What `begin` counted as served has to be checked after all.
    pub(crate) fn count_as_waiting(&mut self) {
        self.tally.wait();
    }

    /// A get that waited, or whose resource was checked, has ended.
    pub(crate) fn end(&mut self, outcome: GetOutcome) {
        self.tally.end(outcome);
    }

    /// Lends an idle resource or, in the same critical section, queues the caller. Who comes again
    /// as the first is refused only by a closed pool. `is_attended` says that what is over has ended.
    pub(crate) fn enter(
        &mut self,
        token: W,
        deadline: Option<Instant>,
        standing: Standing,
        is_attended: bool,
    ) -> (Entered<T>, Effects<T, E, W>) {
        let mut effects = Effects::none();
        if self.closed {
            effects.unused = Some(token);
            return (Entered::Refused(Verdict::Closed), effects);
        }
        if !is_attended && self.is_to_attend() {
            effects.unused = Some(token);
            return (Entered::Unattended, effects);
        }
        if let Some(resource) = self.lend_idle() {
            effects.unused = Some(token);
            effects.fill = self.lacks_minimum();
            return (Entered::Lent(self.lend_waiting(resource, false)), effects);
        }
        let taken_over = match standing {
            Standing::First => self.take_over(),
            Standing::Last => Left::Nothing,
        };
        let has_permit = matches!(taken_over, Left::Waiting(_));
        if let Left::Granted(grant) = taken_over {
            match self.end_stale(grant) {
                Ok(Grant { resource, fresh }) => {
                    self.look_after_waiters(&mut effects);
                    effects.fill = self.lacks_minimum();
                    effects.unused = Some(token);
                    return (Entered::Lent(self.lend_waiting(resource, fresh)), effects);
                }
                Err(evicted) => effects.evicted.push(evicted),
            }
        }
        let key = match standing {
            Standing::Last if self.is_overloaded() => {
                effects.unused = Some(token);
                return (Entered::Refused(Verdict::Overloaded), effects);
            }
            Standing::Last => self.waiters.push_back(deadline),
            Standing::First => self.waiters.push_front(deadline),
        };
        self.look_after_waiters(&mut effects);
        if has_permit || (self.is_supply_short() && self.may_create()) {
            // Whoever else waits has a create in flight, or there would be no room.
            self.permits += usize::from(!has_permit);
            let asker = self.waiters.fetch_permit(&key);
            effects.unused = Some(token);
            effects.fill = self.lacks_minimum();
            return (Entered::Creates(key, self.permit(Some(asker))), effects);
        }
        effects.fill = self.lacks_minimum();
        *self.waiters.token(&key) = Some(token);
        (Entered::Waits(key), effects)
    }

    /// Puts the borrower of a resource that failed its check at the head of the queue. The slot is
    /// room to create (law F3), unless the resource has a goodbye to say first.
    pub(crate) fn reenter(
        &mut self,
        is_closing: bool,
        deadline: Option<Instant>,
    ) -> (Option<Key>, Effects<T, E, W>) {
        let mut effects = Effects::none();
        let key = (!self.closed).then(|| self.waiters.push_front(deadline));
        self.look_after_waiters(&mut effects);
        self.unfit(is_closing, &mut effects);
        (key, effects)
    }

    /// Looks what a waiter has been given. `Granted`, `Stale`, `Told` and `Absent` empty `place`; a get that is granted
    /// what needs no check has ended.
    ///
    /// `is_current` says whether a token would wake the caller. If the one on record would not,
    /// it changes places with `token`; if there is none to change with, the answer is `None`: come
    /// again with one.
    pub(crate) fn poll(
        &mut self,
        place: &mut Option<Key>,
        token: &mut Option<W>,
        is_current: impl FnOnce(&W) -> bool,
    ) -> Option<Polled<T, E>> {
        let key = place.as_ref().expect("a waiter looks only while it has a place");
        match self.waiters.look(key) {
            Place::Waiting { role: Role::Entrusted, to_be_told: false } => {
                let asker = self.waiters.fetch_permit(key);
                let permit = self.permit(Some(asker));
                let is_pointless = self.is_create_pointless();
                let outcome = if is_pointless { Polled::Pointless } else { Polled::Create };
                return Some(outcome(permit));
            }
            Place::Waiting { .. } => {}
            Place::Served | Place::Absent => {
                let key = place.take().expect("a waiter looks only while it has a place");
                return Some(match self.waiters.leave(key) {
                    Left::Granted(grant) => match self.end_stale(grant) {
                        Ok(Grant { resource, fresh }) => {
                            Polled::Granted(self.lend_waiting(resource, fresh))
                        }
                        Err(evicted) => Polled::Stale(evicted),
                    },
                    Left::Told(verdict) => Polled::Told(verdict),
                    Left::Nothing => Polled::Absent,
                    Left::Waiting(_) => unreachable!("a served waiter waits no more"),
                });
            }
        }
        let known = self.waiters.token(key);
        if !known.as_ref().is_some_and(is_current) {
            if token.is_none() {
                return None;
            }
            std::mem::swap(known, token);
        }
        Some(Polled::Waits)
    }

    /// What is done for a waiter meanwhile.
    pub(crate) fn role(&self, key: &Key) -> Role {
        match self.waiters.look(key) {
            Place::Waiting { role, .. } => role,
            Place::Served | Place::Absent => Role::Unasked,
        }
    }

    /// Takes a waiter out of the queue; what it was granted goes on to the next in the same
    /// critical section (law C2).
    pub(crate) fn leave(&mut self, key: Key) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        match self.waiters.leave(key) {
            Left::Granted(grant) => self.deliver(grant, &mut effects),
            Left::Told(verdict) => effects.causes.push(verdict.into_cause()),
            Left::Waiting(served) => {
                effects.unused = served.token;
                self.pass_on(served.had_permit, &mut effects);
            }
            Left::Nothing => {}
        }
        effects
    }

    /// Lends the resource that has been idle longest, to be asked about.
    pub(crate) fn take_longest_idle(&mut self) -> Option<T> {
        let resource = self.idle.take_longest_idle(1).pop()?;
        self.lent += 1;
        Some(resource)
    }

    /// Takes an idle resource, the last of them included.
    pub(super) fn lend_idle(&mut self) -> Option<T> {
        if self.suspended {
            return None;
        }
        let resource = self.idle.take()?;
        self.lent += 1;
        Some(resource)
    }

    /// Takes an idle resource for whoever asks first, unless the last of them are to be kept. One
    /// comparison on the hit path: nothing is idle, or `min_idle` lacks something, or the pool is
    /// suspended, or nobody keeps its clock.
    #[inline]
    pub(super) fn take(&mut self) -> Option<T> {
        let is_withheld = self.suspended || self.maintenance == Maintenance::Lost;
        let kept = if is_withheld { usize::MAX } else { self.settings.min_idle };
        if self.idle.len() <= kept {
            return None;
        }
        let resource = self.idle.take()?;
        self.lent += 1;
        Some(resource)
    }

    /// What was given may have become stale before it is fetched: then it ends (law Z1).
    fn end_stale(&mut self, grant: Grant<T>) -> Result<Grant<T>, Evicted<T>> {
        match self.reason_to_evict(&grant.resource) {
            Some(reason) if reason != DiscardReason::Surplus => {
                self.retire();
                Err(Evicted { resource: grant.resource, reason })
            }
            _ => Ok(grant),
        }
    }

    /// Lends to a get that was waiting. Unless a check is due, it has ended.
    pub(super) fn lend_waiting(&mut self, resource: T, fresh: bool) -> Lent<T> {
        let lent = self.lent(resource, fresh);
        if !lent.check_due {
            self.tally.end(GetOutcome::Served);
        }
        lent
    }

    #[inline]
    pub(super) fn lent(&self, resource: T, fresh: bool) -> Lent<T> {
        let check_due = T::have_check()
            && !fresh
            && (self.settings.recycle_policy != RecyclePolicy::Never
                || resource.known_good_at() < self.failed_checks);
        Lent { resource, fresh, check_due }
    }
}
