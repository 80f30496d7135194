//! What concerns the pool as a whole: its settings, its age, its end, and whoever watches it.

use std::cmp::Reverse;
use std::time::Instant;

use super::outcome::{Effects, Evicted, Grant, Verdict};
use super::{Dated, Maintenance, State, Watcher};
use crate::event::DiscardReason;
use crate::settings::{Settings, ticks};

/// How many idle resources are looked at in one critical section.
const REAP_CHUNK: usize = 64;

/// How often idle resources are looked at within one `idle_timeout`: they are ended at most this
/// part of it too late.
const LOOKS: u64 = 8;

/// How many waiters are told something in one critical section.
const TELL_CHUNK: usize = 64;

impl<T: Dated, E: Clone, W> State<T, E, W> {
    /// Changes settings. What there is too much of ends: idle resources at once, those in use when
    /// they come back.
    pub(crate) fn reconfigure(&mut self, settings: Settings) -> Effects<T, E, W> {
        self.settings = settings;
        let surplus = self.will_be().saturating_sub(settings.max_size);
        let mut effects = self.freed();
        self.look_after_ages(&mut effects);
        self.look_after_waiters(&mut effects);
        self.end_idle(surplus, DiscardReason::Surplus, &mut effects);
        effects
    }

    /// Has every resource that exists end: idle ones now, the others when they come back.
    pub(crate) fn invalidate(&mut self) -> Effects<T, E, W> {
        self.generation += 1;
        let mut effects = self.freed();
        self.end_idle(usize::MAX, DiscardReason::Invalidated, &mut effects);
        self.revoke_flights(&mut effects);
        effects
    }

    /// Stops lending and creating; whoever comes waits.
    pub(crate) fn suspend(&mut self) {
        self.suspended = true;
    }

    /// Lends again: what has become idle goes to the oldest waiters, drivers or not (law W4), and
    /// room to create to the others.
    pub(crate) fn resume(&mut self) -> Effects<T, E, W> {
        self.suspended = false;
        let mut effects = Effects::none();
        while self.waiters.len() > 0
            && let Some(resource) = self.lend_idle()
        {
            let Ok(had_permit) = self.grant(Grant { resource, fresh: false }, &mut effects) else {
                unreachable!("somebody waits")
            };
            // It is given on when all are served for whom something is idle.
            self.permits -= usize::from(had_permit);
        }
        self.serve_room(&mut effects);
        self.notify(&mut effects);
        effects.fill = self.lacks_minimum();
        effects
    }

    /// Closes the pool; the second call changes nothing.
    pub(crate) fn close(&mut self) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        if self.closed {
            return effects;
        }
        self.closed = true;
        self.generation += 1;
        self.end_idle(usize::MAX, DiscardReason::PoolClosed, &mut effects);
        self.take_all_back(&mut effects);
        self.revoke_flights(&mut effects);
        effects.causes.push(self.outage.take().map(|outage| outage.cause));
        self.tell_all(Verdict::Closed, &mut effects);
        self.notify(&mut effects);
        effects
    }

    /// Tells a chunk of those who are to be told something; `announce` says that there are more.
    pub(crate) fn tell(&mut self) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        let Some(verdict) = self.verdict.clone() else { return effects };
        for _ in 0..TELL_CHUNK {
            if !self.waiters.any_to_tell() {
                break;
            }
            let served = self.waiters.next_told(verdict.clone());
            effects.wakes.push(served.token);
            self.pass_on(served.had_permit, &mut effects);
        }
        effects.announce = self.waiters.any_to_tell();
        if !effects.announce {
            effects.causes.push(self.verdict.take().and_then(Verdict::into_cause));
        }
        effects.causes.push(verdict.into_cause());
        effects
    }

    /// Tells the coarse clock, and ends idle resources whose time is over: a chunk of them, from
    /// the `from`th idle one on. `from` moves on to where the next chunk begins.
    pub(crate) fn reap(&mut self, now: u64, from: &mut usize) -> Effects<T, E, W> {
        self.now = self.now.max(now);
        let idle_timeout = self.settings.idle_timeout.map_or(u64::MAX, ticks);
        let mut effects = Effects::none();
        for _ in 0..REAP_CHUNK {
            let Settings { min_size, min_idle, .. } = self.settings;
            let may_spare = self.will_be() > min_size && self.idle.len() > min_idle;
            let Some(resource) = self.idle.get_mut(*from) else { break };
            let idle_until = resource.idle_since(now).saturating_add(idle_timeout);
            let reason = if resource.expires_at() <= now {
                DiscardReason::Expired
            } else if idle_until <= now && may_spare {
                DiscardReason::Idle
            } else {
                *from += 1;
                continue;
            };
            let resource = self.idle.remove(*from);
            effects.evicted.extend(resource.map(|resource| Evicted { resource, reason }));
            self.closing += 1;
        }
        effects
    }

    /// The tick at which `reap` has to be called next; `u64::MAX` if it need not be.
    pub(crate) fn reap_next(&mut self, now: u64) -> u64 {
        while self.expiries.peek().is_some_and(|&Reverse(expiry)| expiry <= now) {
            self.expiries.pop();
        }
        let expiry = self.expiries.peek().map_or(u64::MAX, |&Reverse(expiry)| expiry);
        let Some(idle_timeout) = self.settings.idle_timeout.map(ticks) else { return expiry };
        // What becomes idle between two looks is seen at the second. So that it does not stay
        // much too long, there are a few looks in each `idle_timeout`.
        let look = now.saturating_add((idle_timeout / LOOKS).max(1));
        expiry.min(look)
    }

    pub(crate) fn expires_before(&self, tick: u64) -> bool {
        self.expiries.peek().is_some_and(|&Reverse(expiry)| expiry < tick)
    }

    /// Sees to what only a clock can tell: an outage in which nobody has tried for long is over (law F2); and
    /// somebody is to be told the time, if something expires and nobody is.
    pub(crate) fn attend(&mut self, now: Instant) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        if self.maintenance == Maintenance::Lost {
            self.look_after_ages(&mut effects);
        }
        if self.outage.as_ref().is_some_and(|outage| !outage.goes_on(&self.settings, now)) {
            effects.causes.push(self.outage.take().map(|outage| outage.cause));
            self.share_out(&mut effects);
        }
        effects
    }

    /// Whether there is anything to attend to.
    pub(crate) fn is_to_attend(&self) -> bool {
        self.is_unattended() || self.outage.is_some()
    }

    /// Whoever was told the time is gone. Until somebody is again, nothing is lent on the hit path.
    pub(crate) fn end_maintenance(&mut self) {
        let is_missed = !self.closed && self.settings.limits_age();
        self.maintenance = if is_missed { Maintenance::Lost } else { Maintenance::None };
    }

    pub(crate) fn is_unattended(&self) -> bool {
        self.maintenance == Maintenance::Lost
    }

    /// Sees that somebody is told the time, if something expires.
    pub(super) fn look_after_ages(&mut self, effects: &mut Effects<T, E, W>) {
        if self.maintenance == Maintenance::AtWork {
            return;
        }
        effects.maintain = self.settings.limits_age();
        self.maintenance = if effects.maintain { Maintenance::AtWork } else { Maintenance::None };
    }

    /// Registers somebody to be woken whenever a create ends, a slot is freed, or the pool is
    /// resized or closed; and told of each create that fails, if it `listens`.
    pub(crate) fn watch(&mut self, token: W, listens: bool) -> usize {
        self.watchers.insert(Watcher { token: Some(token), listens, failure: None })
    }

    /// Renews a watcher's token and gives the old one back.
    pub(crate) fn rewatch(&mut self, watcher: usize, token: W) -> Option<W> {
        self.watchers[watcher].token.replace(token)
    }

    pub(crate) fn unwatch(&mut self, watcher: usize) -> (Option<W>, Option<E>) {
        let Watcher { token, failure, .. } = self.watchers.remove(watcher);
        (token, failure)
    }

    /// The first create that has failed since the watcher listens, once.
    pub(crate) fn heard(&mut self, watcher: usize) -> Option<E> {
        self.watchers[watcher].failure.take()
    }

    /// Registers a create or check in flight, to be woken when nobody can use it any more.
    pub(crate) fn take_off(&mut self, token: W) -> usize {
        self.flights.insert(Some(token))
    }

    /// Renews its token and gives the old one back.
    pub(crate) fn fly_on(&mut self, flight: usize, token: W) -> Option<W> {
        self.flights[flight].replace(token)
    }

    pub(crate) fn land(&mut self, flight: usize) -> Option<W> {
        self.flights.remove(flight)
    }

    /// Has all creates and checks in flight see that nobody can use them any more (law G4).
    fn revoke_flights(&mut self, effects: &mut Effects<T, E, W>) {
        for (_, token) in &mut self.flights {
            effects.wakes.push(token.take());
        }
    }

    /// Ends up to `count` idle resources, those that have been idle longest.
    pub(super) fn end_idle(
        &mut self,
        count: usize,
        reason: DiscardReason,
        effects: &mut Effects<T, E, W>,
    ) {
        let ended = self.idle.take_longest_idle(count).into_iter();
        let before = effects.evicted.len();
        effects.evicted.extend(ended.map(|resource| Evicted { resource, reason }));
        self.closing += effects.evicted.len() - before;
    }
}
