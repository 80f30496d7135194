//! What gets do: enter, look, leave, check.

use std::time::{Duration, Instant};

use super::super::model::{Id, Sight};
use super::{Flying, Numbers, SWEEPER, Sweeping, Thing, Trial, Waiter, pick_from, take_from};
use crate::event::GetOutcome;
use crate::state::{Effects, Entered, Lent, Polled, Rest, Standing, Verdict};

impl Trial {
    pub(super) fn get(&mut self) {
        let id = self.fresh_waiter();
        self.model.counted.started += 1;
        let expected = self.model.take(false);
        let begun = self.state.begin();
        self.note("begin");
        assert_eq!(begun.as_ref().map(|lent| lent.resource), expected);
        if let Some(lent) = begun {
            return self.be_lent(&lent);
        }
        let deadline = self.deadline_of(id);
        if self.enter(id, deadline, Standing::Last) {
            return;
        }
        self.end(GetOutcome::Failed);
    }

    /// Enters the queue, unless it is lent something; `false` if it is refused.
    fn enter(&mut self, id: Id, deadline: Option<Instant>, standing: Standing) -> bool {
        let is_first = standing == Standing::First;
        let is_attended = self.model.outage.is_some();
        if is_attended {
            let (entered, effects) = self.state.enter(id, deadline, standing, false);
            assert!(matches!(entered, Entered::Unattended), "in an outage it takes a clock");
            self.settle(effects);
            let effects = self.state.attend(self.now);
            self.model.attend(self.now);
            self.note("attend");
            self.reached.insert(if self.model.outage.is_some() { "outage" } else { "old outage" });
            self.settle(effects);
        }
        let mut reserved = self.model.take(true);
        let mut is_fresh = false;
        let mut has_right = false;
        if is_first && reserved.is_none() && !self.model.closed {
            let (grant, right) = self.model.take_over();
            has_right = right;
            if let Some((id, grant)) = grant {
                self.reached.insert("taken over");
                self.forget_asker(id);
                if !self.model.ends_stale(grant.resource) {
                    (reserved, is_fresh) = (Some(grant.resource), grant.fresh);
                }
            }
        }
        let (entered, effects) = self.state.enter(id, deadline, standing, is_attended);
        self.note("enter");
        let place = match entered {
            Entered::Lent(lent) => {
                self.reached.insert("reserved");
                assert_eq!(Some(lent.resource), reserved);
                let is_due = !is_fresh && self.model.is_check_due(lent.resource);
                assert_eq!(lent.check_due, is_due);
                self.hold(lent.resource, lent.check_due);
                self.settle(effects);
                return true;
            }
            Entered::Refused(verdict) => {
                let is_closed = verdict == Verdict::Closed;
                self.reached.insert(if is_closed { "closed" } else { "overloaded" });
                assert_eq!(is_closed, self.model.closed);
                let is_full = !is_first && self.model.is_overloaded();
                assert!(is_closed || is_full, "there was a place to wait");
                self.settle(effects);
                return false;
            }
            Entered::Unattended => unreachable!("it was attended to"),
            Entered::Waits(key) => {
                assert!(is_first || !self.model.is_overloaded(), "one too many waits");
                assert!(!self.model.enter(id, deadline, is_first, has_right), "it was to create");
                key
            }
            Entered::Creates(key, permit) => {
                assert!(
                    self.model.enter(id, deadline, is_first, has_right),
                    "it was not to create"
                );
                self.begin_create(Some(id), permit);
                key
            }
        };
        assert_eq!(reserved, None);
        self.waiters.push(Waiter { id, place: Some(place), deadline });
        self.settle(effects);
        true
    }

    /// Where time goes on, every second get has so much of it. Where it stands still, none is left
    /// from the beginning, or there is no end of it.
    fn deadline_of(&self, id: Id) -> Option<Instant> {
        let (is_limited, time) = match self.numbers {
            Numbers::All(_) => (id.is_multiple_of(2), Duration::from_millis(60)),
            Numbers::Few => {
                (self.model.settings.get_timeout == Some(Duration::ZERO), Duration::ZERO)
            }
        };
        is_limited.then(|| self.now + time)
    }

    pub(super) fn try_get(&mut self) {
        self.model.counted.tried += 1;
        let mut expected = self.model.take(false);
        let mut given = self.state.try_begin();
        self.note("try_begin");
        assert_eq!(given, expected);
        if given.is_none() {
            expected = self.model.take(true);
            let (reserved, effects) = self.state.lend_reserved();
            self.note("lend_reserved");
            given = reserved;
            self.settle(effects);
        }
        assert_eq!(given, expected);
        if given.is_none() {
            self.model.counted.refused += 1;
            self.state.refuse();
        }
        self.lent.extend(given);
    }

    pub(super) fn look(&mut self, pick: usize) {
        let Some(at) = pick_from(self.waiters.len(), pick) else { return };
        let id = self.waiters[at].id;
        let expected = self.model.look(id);
        let mut token = None;
        let place = &mut self.waiters[at].place;
        let polled = self.state.poll(place, &mut token, |&known| known == id).or_else(|| {
            token = Some(id);
            self.state.poll(place, &mut token, |&known| known == id)
        });
        self.note("poll");
        let (mut given, mut stale) = (None, None);
        let seen = match polled.expect("it has a token") {
            Polled::Granted(Lent { resource: thing, check_due, .. }) => {
                Sight::Granted { thing, check_due }
            }
            Polled::Stale(evicted) => {
                stale = Some(evicted);
                Sight::Stale
            }
            Polled::Told(verdict) => Sight::Told(verdict),
            Polled::Create(permit) => {
                given = Some(permit);
                Sight::Create
            }
            Polled::Pointless(permit) => {
                given = Some(permit);
                Sight::Pointless
            }
            Polled::Absent => Sight::Absent,
            Polled::Waits => Sight::Waits,
        };
        assert_eq!(seen, expected, "what waiter {id} sees");
        match seen {
            Sight::Granted { thing, check_due } => {
                self.reached.insert("granted");
                self.gone_away(at);
                self.hold(thing, check_due);
            }
            Sight::Told(verdict) => {
                self.reached.insert(match verdict {
                    Verdict::Failed(_) => "told failed",
                    Verdict::Closed => "told closed",
                    Verdict::Overloaded => unreachable!("who waits is not refused"),
                });
                self.gone_away(at);
                self.end(GetOutcome::Failed);
            }
            Sight::Create => self.begin_create(Some(id), given.expect("the right to it")),
            Sight::Pointless => {
                self.reached.insert("pointless permit");
                let effects = self.state.release_permit(given.expect("the right to it"));
                self.note("release_permit");
                self.model.permit_ends(Some(id), None);
                self.settle(effects);
            }
            Sight::Stale | Sight::Absent => {
                self.reached.insert(if stale.is_some() { "stale" } else { "absent" });
                let evicted = stale.into_iter().collect();
                self.settle(Effects { evicted, ..Effects::none() });
                let deadline = self.waiters[at].deadline;
                self.gone_away(at);
                if !self.enter(id, deadline, Standing::First) {
                    self.end(GetOutcome::Failed);
                }
            }
            Sight::Waits => {}
        }
    }

    pub(super) fn cancel(&mut self, pick: usize) {
        self.leave(pick, GetOutcome::Cancelled);
    }

    pub(super) fn time_out(&mut self, pick: usize) {
        self.leave(pick, GetOutcome::TimedOut);
    }

    pub(super) fn pass_check(&mut self, pick: usize) {
        let Some(mut thing) = take_from(&mut self.checking, pick) else { return };
        self.reached.insert("checked");
        thing.known_good_at = self.model.failed_checks;
        self.end(GetOutcome::Served);
        self.lent.push(thing);
    }

    pub(super) fn fail_check(&mut self, pick: usize, slowly: bool) {
        if take_from(&mut self.checking, pick).is_none() {
            return;
        }
        self.state.suspect();
        self.model.failed_checks += 1;
        let id = self.fresh_waiter();
        let deadline = self.deadline_of(id);
        let (place, effects) = self.state.reenter(slowly, deadline);
        self.note("reenter");
        self.end_unfit(slowly);
        self.model.reenter(id, deadline);
        assert_eq!(place.is_none(), self.model.closed);
        if place.is_some() {
            self.waiters.push(Waiter { id, place, deadline });
        } else {
            self.end(GetOutcome::Failed);
        }
        self.settle(effects);
    }

    /// A resource failed its check: it says goodbye, or it has ended.
    fn end_unfit(&mut self, slowly: bool) {
        self.closing += usize::from(slowly);
        self.model.closing += usize::from(slowly);
        self.model.counted.ended += u64::from(!slowly);
    }

    pub(super) fn await_check(&mut self, pick: usize, standing: Standing) {
        let Some(thing) = take_from(&mut self.checking, pick) else { return };
        let id = self.fresh_waiter();
        let deadline = self.deadline_of(id);
        let (awaited, effects) = self.state.await_check(deadline, standing);
        self.note("await_check");
        assert_eq!(awaited.is_none(), self.model.closed);
        let Some((place, known_as)) = awaited else {
            self.retire();
            return self.end(GetOutcome::Failed);
        };
        self.reached.insert("check awaited");
        self.model.await_check(id, deadline, standing == Standing::First);
        self.settle(effects);
        self.waiters.push(Waiter { id, place: Some(place), deadline });
        self.flying.push(Flying { thing, asker: Some(id), known_as: Some(known_as) });
    }

    pub(super) fn leave_check(&mut self, pick: usize) {
        let Some(thing) = take_from(&mut self.lent, pick) else { return };
        self.state.leave_check();
        self.note("leave_check");
        self.model.checking += 1;
        self.flying.push(Flying { thing, asker: None, known_as: None });
    }

    pub(super) fn check_passes(&mut self, pick: usize) {
        let Some(Flying { thing, asker, known_as }) = take_from(&mut self.flying, pick) else {
            return;
        };
        let thing = Thing { known_good_at: self.model.failed_checks, seen_idle: None, ..thing };
        self.model.check_passed(thing, asker);
        let effects = self.state.check_passed(thing, known_as);
        self.note("check_passed");
        self.settle(effects);
    }

    pub(super) fn check_fails(&mut self, pick: usize, slowly: bool) {
        let Some(Flying { asker, known_as, .. }) = take_from(&mut self.flying, pick) else {
            return;
        };
        self.state.suspect();
        self.model.failed_checks += 1;
        let effects = self.state.check_failed(slowly, known_as);
        self.note("check_failed");
        self.end_unfit(slowly);
        self.model.check_failed(asker);
        self.settle(effects);
    }

    pub(super) fn check_breaks_off(&mut self, pick: usize, is_told: bool) {
        let Some(Flying { asker, known_as, .. }) = take_from(&mut self.flying, pick) else {
            return;
        };
        let cause = is_told.then(|| self.fresh());
        let effects = self.state.check_broke_off(known_as, cause);
        self.note("check_broke_off");
        self.model.check_broke_off(asker, cause);
        self.settle(effects);
        self.retire();
    }

    pub(super) fn sweep(&mut self) {
        self.model.sweep(self.now);
        let (effects, rest) = self.state.sweep(self.now);
        self.note("sweep");
        self.sweeping = None;
        self.settle(effects);
        assert_eq!(rest, self.model.rest());
        self.sweeping = rest.map(|rest| match rest {
            Rest::For(_) => Sweeping::Soon,
            Rest::Until(_) => {
                assert_eq!(self.state.rest_until_woken(SWEEPER), (false, None));
                Sweeping::Later
            }
        });
    }

    pub(super) fn cancel_check(&mut self, pick: usize) {
        if take_from(&mut self.checking, pick).is_some() {
            self.retire();
            self.end(GetOutcome::Cancelled);
        }
    }

    fn leave(&mut self, pick: usize, outcome: GetOutcome) {
        let Some(at) = pick_from(self.waiters.len(), pick) else { return };
        let id = self.waiters[at].id;
        let place = self.waiters[at].place.take().expect("a waiter has a place");
        let effects = self.state.leave(place);
        self.note("leave");
        self.model.leave(id);
        self.gone_away(at);
        self.end(outcome);
        self.settle(effects);
    }

    fn be_lent(&mut self, lent: &Lent<Thing>) {
        assert_eq!(lent.check_due, self.model.is_check_due(lent.resource));
        self.hold(lent.resource, lent.check_due);
    }

    /// What a get was lent is checked, or the get has ended.
    fn hold(&mut self, thing: Thing, check_due: bool) {
        if check_due {
            self.checking.push(thing);
        } else {
            self.model.counted.served += 1;
            self.lent.push(thing);
        }
    }

    /// A get ends of which the state machine must be told.
    fn end(&mut self, outcome: GetOutcome) {
        self.state.end(outcome);
        let counted = &mut self.model.counted;
        match outcome {
            GetOutcome::Served => counted.served += 1,
            GetOutcome::TimedOut => counted.timed_out += 1,
            GetOutcome::Cancelled => counted.cancelled += 1,
            GetOutcome::Failed => counted.failed += 1,
        }
    }

    /// A waiter is served or gone: what it began goes on without it.
    fn gone_away(&mut self, at: usize) {
        let id = self.waiters.swap_remove(at).id;
        self.model.deadlines.remove(&id);
        self.forget_asker(id);
    }

    fn forget_asker(&mut self, id: Id) {
        let askers = self.creating.iter_mut().map(|creating| &mut creating.asker);
        for asker in askers.chain(self.flying.iter_mut().map(|flying| &mut flying.asker)) {
            *asker = asker.filter(|&asker| asker != id);
        }
    }
}
