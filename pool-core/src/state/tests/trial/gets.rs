//! What gets do: enter, look, leave, check.

use super::super::model::Sight;
use super::{Thing, Trial, Waiter, pick_from, take_from};
use crate::event::GetOutcome;
use crate::state::{Entered, Lent, Polled, Verdict};

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
        let reserved = self.model.take(true);
        let (entered, effects) = self.state.enter(id);
        self.note("enter");
        let place = match entered {
            Entered::Lent(lent) => {
                self.reached.insert("reserved");
                assert_eq!(Some(lent.resource), reserved);
                self.be_lent(&lent);
                return self.settle(effects);
            }
            Entered::Refused(verdict) => {
                let is_closed = verdict == Verdict::Closed;
                self.reached.insert(if is_closed { "closed" } else { "overloaded" });
                assert_eq!(is_closed, self.model.closed);
                assert!(is_closed || self.model.is_overloaded(), "there was a place to wait");
                self.end(GetOutcome::Failed);
                return self.settle(effects);
            }
            Entered::Waits(key) => {
                assert!(!self.model.is_overloaded(), "one too many waits");
                assert!(!self.model.enter(id), "it was to drive");
                key
            }
            Entered::Drives(key, _) => {
                assert!(self.model.enter(id), "it was not to drive");
                self.begin_create(Some(id));
                key
            }
        };
        assert_eq!(reserved, None);
        self.waiters.push(Waiter { id, place: Some(place) });
        self.settle(effects);
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
        let seen = match polled.expect("it has a token") {
            Polled::Granted(Lent { resource: thing, check_due, .. }) => {
                Sight::Granted { thing, check_due }
            }
            Polled::Told(verdict) => Sight::Told(verdict),
            Polled::Drive(_) => Sight::Drive,
            Polled::Pointless => Sight::Pointless,
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
            Sight::Drive => self.begin_create(Some(id)),
            Sight::Pointless => {
                self.reached.insert("surplus permit");
                let effects = self.state.release_permit(self.waiters[at].place.as_ref());
                self.note("release_permit");
                self.model.permit_ends(Some(id));
                self.settle(effects);
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
        let (place, effects) = self.state.reenter(slowly);
        self.note("reenter");
        self.closing += usize::from(slowly);
        self.model.closing += usize::from(slowly);
        self.model.counted.ended += 1;
        self.model.reenter(id);
        assert_eq!(place.is_none(), self.model.closed);
        if place.is_some() {
            self.waiters.push(Waiter { id, place });
        } else {
            self.end(GetOutcome::Failed);
        }
        // One that ends at once has not ended in the trial's own count of what is closing.
        self.model.counted.ended -= u64::from(slowly);
        self.settle(effects);
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

    /// A waiter is served or gone: the create it drove goes on without it.
    fn gone_away(&mut self, at: usize) {
        let id = self.waiters.swap_remove(at).id;
        for creating in &mut self.creating {
            creating.driver = creating.driver.filter(|&driver| driver != id);
        }
    }
}
