//! What happens to slots: creates, returns, ends.

use super::super::model::{Id, born};
use super::{Creating, Thing, Trial, take_from};
use crate::settings::Settings;
use crate::settings::ticks;
use crate::state::outcome::Grant;
use crate::state::{Failed, Permit, Refused};

impl Trial {
    pub(super) fn put(&mut self, pick: usize) {
        let Some(thing) = self.lend_back(pick) else { return };
        self.model.deliver(Grant { resource: thing, fresh: false });
        match self.state.put_idle(thing) {
            Ok(()) => {
                self.note("put_idle");
                assert_eq!(self.model.idle.back(), Some(&thing));
            }
            Err(thing) => {
                let effects = self.state.put(thing);
                self.note("put");
                self.settle(effects);
            }
        }
    }

    pub(super) fn discard(&mut self, pick: usize) {
        if self.lend_back(pick).is_some() {
            self.retire();
        }
    }

    pub(super) fn detach(&mut self, pick: usize) {
        if self.lend_back(pick).is_some() {
            let effects = self.state.detach();
            self.note("detach");
            self.model.lent -= 1;
            self.model.counted.detached += 1;
            self.model.serve_room();
            self.settle(effects);
        }
    }

    pub(super) fn reset(&mut self, pick: usize) {
        let Some(thing) = self.lend_back(pick) else { return };
        let reason = self.model.reason_to_evict(thing);
        self.model.lent -= 1;
        self.model.closing += 1;
        let begun = self.state.begin_reset(&thing);
        self.note("begin_reset");
        assert_eq!(begun.err(), reason);
        if begun.is_ok() {
            self.resetting.push(thing);
        } else {
            self.closing += 1;
        }
    }

    pub(super) fn reset_ok(&mut self, pick: usize) {
        let Some(thing) = take_from(&mut self.resetting, pick) else { return };
        self.reached.insert("reset");
        self.model.closing -= 1;
        self.model.lent += 1;
        self.model.deliver(Grant { resource: thing, fresh: false });
        let effects = self.state.returned(thing);
        self.note("returned");
        self.settle(effects);
    }

    pub(super) fn insert(&mut self) {
        let thing = self.made(self.model.generation);
        match self.state.insert(thing.unstamped(), born(self.tick)) {
            Ok(effects) => {
                self.note("insert");
                assert!(self.model.size() < self.model.settings.max_size && !self.model.closed);
                self.model.lent += 1;
                self.model.counted.inserted += 1;
                self.model.deliver(Grant { resource: thing, fresh: false });
                self.settle(effects);
            }
            Err(Refused::Closed(back)) => {
                assert!(self.model.closed && back == thing.unstamped());
            }
            Err(Refused::Full(back)) => {
                assert!(self.model.size() >= self.model.settings.max_size);
                assert_eq!(back, thing.unstamped());
            }
        }
    }

    pub(super) fn create_ok(&mut self, pick: usize) {
        let Some(Creating { asker, permit, generation, .. }) = take_from(&mut self.creating, pick)
        else {
            return;
        };
        let thing = self.made(generation);
        let effects = self.state.created(thing.unstamped(), permit, born(self.tick));
        self.note("created");
        self.model.created(thing, asker);
        self.settle(effects);
    }

    pub(super) fn create_fails(&mut self, pick: usize) {
        let Some(Creating { asker, permit, begun, .. }) = take_from(&mut self.creating, pick)
        else {
            return;
        };
        let failed = Failed { begun, now: self.now, chance: 0.5 };
        let cause = self.fresh();
        let effects = self.state.create_failed(cause, permit, failed);
        self.note("create_failed");
        self.model.create_failed(cause, asker, failed);
        self.settle(effects);
    }

    pub(super) fn create_is_dropped(&mut self, pick: usize) {
        let Some(Creating { asker, permit, .. }) = take_from(&mut self.creating, pick) else {
            return;
        };
        // A panic where it begins unwinds; later ones are told.
        let cause = (pick % 2 == 1).then(|| self.fresh());
        let effects = self.state.create_broke_off(permit, cause);
        self.note("create_broke_off");
        self.model.permit_ends(asker, cause);
        // The minimum does not try again by itself.
        self.filling = true;
        self.settle(effects);
    }

    pub(super) fn gone(&mut self) {
        if self.closing > 0 {
            self.closing -= 1;
            let effects = self.state.gone();
            self.note("gone");
            self.model.closing -= 1;
            self.model.counted.ended += 1;
            self.model.serve_room();
            self.settle(effects);
        }
    }

    pub(super) fn tell(&mut self) {
        while std::mem::take(&mut self.announcing) {
            let effects = self.state.tell();
            self.note("tell");
            self.model.tell();
            self.settle(effects);
        }
    }

    /// Takes all permits there are, as the shell does.
    pub(super) fn fill(&mut self) {
        while self.model.lacks_minimum() {
            let permit = self.state.permit_to_fill().expect("the minimum lacks something");
            self.note("permit_to_fill");
            self.reached.insert("filled");
            self.model.permits += 1;
            self.begin_create(None, permit);
        }
        assert!(self.state.permit_to_fill().is_none());
        self.filling = false;
    }

    pub(super) fn make_inline(&mut self) {
        if let Some(permit) = self.state.permit_inline() {
            self.note("permit_inline");
            assert!(self.model.queue.is_empty() && self.model.may_create());
            self.model.permits += 1;
            self.begin_create(None, permit);
        }
    }

    pub(super) fn reconfigure(&mut self, settings: Settings) {
        let effects = self.state.reconfigure(settings);
        self.note("reconfigure");
        self.model.reconfigure(settings);
        self.settle(effects);
    }

    pub(super) fn resume(&mut self) {
        let effects = self.state.resume();
        self.note("resume");
        self.model.resume();
        self.settle(effects);
    }

    pub(super) fn invalidate(&mut self) {
        let effects = self.state.invalidate();
        self.note("invalidate");
        self.model.invalidate();
        self.settle(effects);
    }

    pub(super) fn reap(&mut self) {
        self.model.reap(self.tick);
        let mut from = 0;
        let effects = self.state.reap(self.tick, &mut from);
        self.note("reap");
        for (_, reason) in &self.model.evicted {
            use crate::event::DiscardReason::Expired;
            self.reached.insert(if *reason == Expired { "expired" } else { "idle too long" });
        }
        self.settle(effects);
        let next = self.state.reap_next(self.tick);
        let expiry = self.model.idle.iter().map(|thing| thing.expires_at).min();
        assert!(expiry.is_none_or(|expiry| next <= expiry), "comes again too late");
    }

    pub(super) fn ask_about(&mut self) {
        let expected = self.model.take_longest_idle();
        assert_eq!(self.state.take_longest_idle(), expected);
        self.note("take_longest_idle");
        // While it is asked about, it is missed by nobody.
        self.filling |= expected.is_some();
        self.lent.extend(expected);
    }

    pub(super) fn close(&mut self) {
        let effects = self.state.close();
        self.note("close");
        self.model.close();
        self.settle(effects);
    }

    pub(super) fn retire(&mut self) {
        self.state.retire();
        self.note("retire");
        self.model.lent -= 1;
        self.model.closing += 1;
        self.closing += 1;
    }

    pub(super) fn begin_create(&mut self, asker: Option<Id>, permit: Permit) {
        let (generation, begun) = (self.model.generation, self.now);
        self.creating.push(Creating { asker, permit, generation, begun });
    }

    fn lend_back(&mut self, pick: usize) -> Option<Thing> {
        let mut thing = take_from(&mut self.lent, pick)?;
        thing.seen_idle = None;
        Some(thing)
    }

    fn made(&mut self, generation: u64) -> Thing {
        let lifetime = self.model.settings.max_lifetime.map_or(u64::MAX, ticks);
        let expires_at = self.tick.saturating_add(lifetime);
        let known_good_at = self.model.failed_checks;
        Thing { number: self.fresh(), generation, expires_at, known_good_at, seen_idle: None }
    }
}
