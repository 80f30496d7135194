//! What happens to slots, and to the pool as a whole.

use std::time::Duration;

use super::super::model::born;
use super::{Creating, Id, Stands, Thing, Walk, events};
use crate::event::DiscardReason;
use crate::settings::Settings;
use crate::settings::ticks;
use crate::state::{Effects, Evicted, Failed, Refused, Role};
use crate::status::Status;

impl Walk {
    pub(super) fn put(&mut self) -> Option<()> {
        let thing = self.pick(|walk| &mut walk.lent)?;
        let is_evicted = self.come_in(thing, 0);
        let thing = Thing { seen_idle: None, ..thing };
        if let Err(thing) = self.state.put_idle(thing) {
            let effects = self.state.put(thing);
            self.settle_one(effects, is_evicted);
        } else {
            assert!(!is_evicted, "{thing:?} is kept");
        }
        Some(())
    }

    pub(super) fn discard(&mut self) -> Option<()> {
        self.pick(|walk| &mut walk.lent)?;
        self.state.retire();
        self.closing += 1;
        Some(())
    }

    pub(super) fn detach(&mut self) -> Option<()> {
        self.pick(|walk| &mut walk.lent)?;
        self.counted.detached += 1;
        let effects = self.state.detach();
        self.settle(effects);
        Some(())
    }

    pub(super) fn reset(&mut self) -> Option<()> {
        let thing = self.pick(|walk| &mut walk.lent)?;
        match self.state.begin_reset(&thing) {
            Ok(()) => {
                assert!(!self.closed && !self.is_stale(&thing), "{thing:?} is reset in vain");
                self.resetting.push(thing);
            }
            Err(_) => self.closing += 1,
        }
        Some(())
    }

    pub(super) fn reset_ok(&mut self) -> Option<()> {
        let thing = self.pick(|walk| &mut walk.resetting)?;
        let is_evicted = self.come_in(thing, 1);
        let effects = self.state.returned(Thing { seen_idle: None, ..thing });
        self.settle_one(effects, is_evicted);
        Some(())
    }

    pub(super) fn insert(&mut self) -> Option<()> {
        let thing = self.made(self.generation);
        let is_full = self.before.size >= self.settings.max_size;
        match self.state.insert(thing.unstamped(), born(self.tick)) {
            Ok(effects) => {
                assert!(!self.closed && !is_full, "{thing:?} was taken in");
                self.counted.inserted += 1;
                let is_evicted = self.come_in(thing, 1);
                self.settle_one(effects, is_evicted);
                return Some(());
            }
            Err(Refused::Closed(_)) => assert!(self.closed),
            Err(Refused::Full(_)) => assert!(is_full),
        }
        None
    }

    pub(super) fn create_ok(&mut self) -> Option<()> {
        let Creating { permit, generation, .. } = self.end_create()?;
        let thing = self.made(generation);
        let is_evicted = self.come_in(thing, 0);
        self.outage = false;
        self.counted.created += 1;
        let effects = self.state.created(thing.unstamped(), permit, born(self.tick));
        self.settle_one(effects, is_evicted);
        Some(())
    }

    pub(super) fn create_fails(&mut self) -> Option<()> {
        let Creating { asker, permit, begun, .. } = self.end_create()?;
        self.now += Duration::from_millis(self.random.u64(..20));
        self.counted.create_failed += 1;
        let failed = Failed { begun, now: self.now, chance: self.random.f64() };
        let cause = self.fresh();
        self.step.may_announce = true;
        // Law F1: while nothing is lent, its asker is told, and all are if nothing is created.
        let is_bare = !self.closed && !self.suspended && self.before.in_use == 0;
        self.step.told = asker.filter(|id| is_bare && self.is_queued(*id));
        // Of creates that were under way together one counts.
        if !self.outage || begun >= self.failed_at {
            self.failed_at = self.now;
        }
        self.outage |= !self.closed;
        let effects = self.state.create_failed(cause, permit, failed);
        let are_told = effects.announce || self.queued() == 0;
        assert!(!is_bare || self.before.creating > 1 || are_told, "nobody is told of {cause}");
        self.settle(effects);
        Some(())
    }

    /// Nobody can have been trying for so long.
    pub(super) fn forget_outage(&mut self) {
        let Settings { create_timeout, create_backoff, .. } = self.settings;
        let pause = create_backoff.map_or(Duration::ZERO, |backoff| backoff.longest);
        let silence = self.now - self.failed_at;
        self.outage &= create_timeout.is_none_or(|attempt| silence <= attempt + pause);
    }

    pub(super) fn create_breaks_off(&mut self) -> Option<()> {
        let Creating { asker, permit, .. } = self.end_create()?;
        // The minimum does not try again by itself.
        self.filling = true;
        let cause = self.random.bool().then(|| self.fresh());
        self.step.told = asker.filter(|id| cause.is_some() && self.is_queued(*id));
        let effects = self.state.create_broke_off(permit, cause);
        self.settle(effects);
        Some(())
    }

    pub(super) fn release_permit(&mut self) -> Option<()> {
        let Creating { permit, .. } = self.end_create()?;
        let effects = self.state.release_permit(permit);
        self.settle(effects);
        Some(())
    }

    pub(super) fn gone(&mut self) -> Option<()> {
        self.closing = self.closing.checked_sub(1)?;
        self.counted.ended += 1;
        let effects = self.state.gone();
        self.settle(effects);
        Some(())
    }

    pub(super) fn tell(&mut self) -> Option<()> {
        std::mem::take(&mut self.announcing).then_some(())?;
        let effects = self.state.tell();
        self.settle(effects);
        Some(())
    }

    /// Takes all permits there are, as the shell does.
    pub(super) fn fill(&mut self) -> Option<()> {
        std::mem::take(&mut self.filling).then_some(())?;
        self.step.may_make_spare = true;
        while self.lacks_minimum(&self.state.status()) {
            let permit = self.state.permit_to_fill().expect("the minimum is not filled");
            self.begin_create(None, permit);
        }
        assert!(self.state.permit_to_fill().is_none(), "more than the minimum is filled");
        Some(())
    }

    pub(super) fn make_inline(&mut self) -> Option<()> {
        let status = self.state.status();
        let may = self.queued() == 0 && !self.outage && self.may_create(&status);
        let permit = self.state.permit_inline();
        assert_eq!(permit.is_some(), may, "{status}");
        self.step.may_make_spare = true;
        self.begin_create(None, permit?);
        Some(())
    }

    pub(super) fn resize(&mut self) {
        let max_size = self.random.usize(0..=8);
        self.reconfigure(Settings { max_size, ..self.settings });
    }

    pub(super) fn retune(&mut self) {
        let settings = events::any_settings(&mut self.random);
        self.crowd = events::any_crowd(&mut self.random);
        self.reconfigure(settings);
    }

    pub(super) fn reconfigure(&mut self, settings: Settings) {
        self.settings = settings;
        let effects = self.state.reconfigure(settings);
        self.settle(effects);
        let kept = self.state.status();
        let is_evicted = kept.idle > 0 && kept.size - kept.closing > settings.max_size;
        assert!(!is_evicted, "too much is kept: {kept}");
    }

    pub(super) fn suspend(&mut self) {
        self.state.suspend();
        self.suspended = true;
    }

    pub(super) fn resume(&mut self) -> Option<()> {
        std::mem::take(&mut self.suspended).then_some(())?;
        let effects = self.state.resume();
        self.settle(effects);
        Some(())
    }

    pub(super) fn invalidate(&mut self) {
        self.generation += 1;
        let effects = self.state.invalidate();
        self.settle(effects);
    }

    pub(super) fn reap(&mut self) {
        self.tick += self.random.u64(..60);
        self.told_tick = self.tick;
        let mut from = 0;
        let effects = self.state.reap(self.tick, &mut from);
        let are_idle = |evicted: &Evicted<_>| evicted.reason == DiscardReason::Idle;
        let were_spared = !effects.evicted.is_empty() && effects.evicted.iter().all(are_idle);
        self.settle(effects);
        let Status { size, idle, closing, .. } = self.state.status();
        let is_short = size - closing < self.settings.min_size || idle < self.settings.min_idle;
        assert!(!were_spared || !is_short, "what nobody wants is kept for the minimum");
        let next = self.state.reap_next(self.tick);
        let is_alive = |thing: &&Thing| thing.expires_at > self.tick;
        let expiries = self.inside.iter().chain(&self.lent).filter(is_alive);
        let expiry = expiries.map(|thing| thing.expires_at).min();
        assert!(expiry.is_none_or(|expiry| next <= expiry), "comes again too late");
    }

    /// The runtime of whoever looks at the clock shuts down.
    pub(super) fn lose_maintenance(&mut self) -> Option<()> {
        std::mem::take(&mut self.is_maintained).then_some(())?;
        self.state.end_maintenance();
        let is_missed = self.settings.limits_age() && !self.closed;
        assert_eq!(self.state.is_unattended(), is_missed, "nobody misses it");
        Some(())
    }

    pub(super) fn ask_about(&mut self) -> Option<()> {
        let thing = self.state.take_longest_idle()?;
        self.take_idle(&thing);
        // While it is asked about, it is missed by nobody.
        self.filling = true;
        self.lent.push(thing);
        Some(())
    }

    /// Seldom, as little can happen to a closed pool.
    pub(super) fn close(&mut self) -> Option<()> {
        (self.closed || self.random.u8(..4) == 0).then_some(())?;
        self.step.may_announce = true;
        self.generation += u64::from(!self.closed);
        (self.closed, self.outage) = (true, false);
        self.step.may_take_back = true;
        let effects = self.state.close();
        self.settle(effects);
        Some(())
    }

    /// What was done for a waiter has ended: it is given the right to the next create before others.
    pub(super) fn work_ends(&mut self, asker: Option<Id>) {
        if let Some(at) = asker.and_then(|id| self.position(id)) {
            let waiter = &mut self.waiters[at];
            if matches!(waiter.stands, Stands::Queued | Stands::ToBeTold) {
                (waiter.role, waiter.goes_first) = (Role::Unasked, true);
            }
        }
    }

    pub(super) fn is_queued(&self, id: Id) -> bool {
        let at = self.position(id).expect("an asker waits");
        self.waiters[at].stands == Stands::Queued
    }

    fn end_create(&mut self) -> Option<Creating> {
        let creating = self.pick(|walk| &mut walk.creating)?;
        self.work_ends(creating.asker);
        Some(creating)
    }

    /// Something comes into the pool's hands, which has so many resources more than before: whether
    /// it has to end.
    pub(super) fn come_in(&mut self, thing: Thing, more: usize) -> bool {
        self.inside.push(thing);
        let will_be = self.before.size - self.before.closing + more;
        self.closed || self.is_stale(&thing) || will_be > self.settings.max_size
    }

    pub(super) fn settle_one(&mut self, effects: Effects<Thing, u32, Id>, is_evicted: bool) {
        assert_eq!(effects.evicted.len(), usize::from(is_evicted), "{:?}", effects.evicted);
        self.settle(effects);
    }

    fn made(&mut self, generation: u64) -> Thing {
        let lifetime = self.settings.max_lifetime.map_or(u64::MAX, ticks);
        let expires_at = self.tick.saturating_add(lifetime);
        let known_good_at = self.failed_checks;
        Thing { number: self.fresh(), generation, expires_at, known_good_at, seen_idle: None }
    }
}
