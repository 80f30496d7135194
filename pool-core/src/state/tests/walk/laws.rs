//! What is asserted after each step.

use std::time::Instant;

use super::events::Event;
use super::{Id, SWEEPER, Stands, Thing, WATCHER, Waiter, Walk};
use crate::event::DiscardReason;
use crate::state::waiters::Place;
use crate::state::{Effects, Evicted, Role, Standing};
use crate::status::Status;

/// What a step may do that others may not, and what it did.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is what one step may do")]
pub(super) struct Step {
    /// This asker is told that what it began came to nothing.
    pub(super) told: Option<Id>,
    /// What was given and not fetched may be taken back.
    pub(super) may_take_back: bool,
    /// It may take all waiters out of the queue, to be told.
    pub(super) may_announce: bool,
    /// Permits may be given that no waiter needs.
    pub(super) may_make_spare: bool,
    pub(super) woke_watcher: bool,
}

/// The waiters, counted.
#[derive(Debug, Default)]
struct Count {
    queued: usize,
    entrusted: usize,
    granted: usize,
}

impl Walk {
    /// Carries out the effects of a transition as the shell does.
    pub(super) fn settle(&mut self, effects: Effects<Thing, u32, Id>) {
        let Effects { wakes, evicted, causes: _, unused, announce, fill, sweep, maintain } =
            effects;
        wakes.each(|id| {
            if id == WATCHER {
                self.step.woke_watcher = true;
                return;
            }
            if id == SWEEPER {
                assert!(std::mem::take(&mut self.sweeps_later), "it was to come again by itself");
                return;
            }
            let at = self.position(id).expect("whoever is woken waits");
            let waiter = &mut self.waiters[at];
            assert!(waiter.has_token, "{waiter:?} is woken twice");
            (waiter.has_token, waiter.is_up) = (false, true);
        });
        let thrown_away = unused.and_then(|id| self.position(id)).map(|at| &self.waiters[at]);
        let is_lost = thrown_away.is_some_and(|waiter| !waiter.is_up);
        assert!(!is_lost, "the token of {thrown_away:?} was thrown away");
        for Evicted { resource, reason } in evicted {
            self.take_out(&resource);
            assert!(self.is_reason(reason, &resource), "{reason:?} is no reason for {resource:?}");
            self.closing += 1;
        }
        assert!(!(sweep && self.sweeping), "two sweep");
        self.sweeping |= sweep;
        self.announcing |= announce;
        self.filling |= fill;
        let takes_in =
            matches!(self.event, Event::Insert | Event::CreateOk | Event::Resize | Event::Retune);
        assert!(!(maintain && self.is_maintained), "two look at the clock");
        self.is_maintained |= maintain;
        let is_due = takes_in && self.settings.limits_age();
        assert!(self.is_maintained || !is_due, "nobody looks at the clock");
    }

    /// A thing leaves the pool's hands: it must have been in them, once (law A3).
    pub(super) fn take_out(&mut self, thing: &Thing) {
        let is_it = |inside: &Thing| inside.number == thing.number;
        let at = self.inside.iter().position(is_it).expect("the pool has what it gives");
        self.inside.swap_remove(at);
    }

    /// What is lent from among the idle has not ended.
    pub(super) fn take_idle(&mut self, thing: &Thing) {
        assert!(!self.is_stale(thing), "{thing:?} was idle");
        self.take_out(thing);
    }

    pub(super) fn is_stale(&self, thing: &Thing) -> bool {
        thing.generation != self.generation || thing.expires_at <= self.told_tick
    }

    /// Rules 2 and 3 of creating.
    pub(super) fn may_create(&self, status: &Status) -> bool {
        let most = if self.outage { 1 } else { self.settings.max_creating };
        !self.closed
            && !self.suspended
            && status.size < self.settings.max_size
            && status.creating < most
    }

    pub(super) fn lacks_minimum(&self, status: &Status) -> bool {
        let queued = self.queued();
        let exist = status.size - status.closing;
        let supply = status.creating + self.flying.len();
        let unserved = queued.saturating_sub(supply);
        let will_be_idle = (status.idle + supply.saturating_sub(queued)).saturating_sub(unserved);
        let too_few = exist < self.settings.min_size || will_be_idle < self.settings.min_idle;
        too_few && self.may_create(status)
    }

    pub(super) fn queued(&self) -> usize {
        self.waiters.iter().filter(|waiter| waiter.stands == Stands::Queued).count()
    }

    pub(super) fn assert_laws(&mut self) {
        let status = self.state.status();
        let count = self.assert_waiters();
        self.assert_slots(&status, &count);
        self.assert_nobody_waits_in_vain(&status, &count);
        self.assert_swept(&status);
        self.counted.waiting = (self.waiters.len() + self.checking.len()) as u64;
        assert_eq!(self.state.counters(), self.counted);
        assert_eq!(self.state.cause().is_some(), self.outage);
        self.assert_watcher(&status);
        self.before = status;
    }

    /// Looks at each waiter's place: who was served, told or entrusted since the last step was so in
    /// order, and is awake.
    fn assert_waiters(&mut self) -> Count {
        let mut count = Count::default();
        let mut ahead = Ahead::default();
        let is_at_rest = self.closed || self.suspended;
        for waiter in &mut self.waiters {
            let key = waiter.key.as_ref().expect("a waiter has a place");
            let has_token = self.state.waiters.token(key).is_some();
            let given = match self.state.waiters.look(key) {
                Place::Served => waiter.be_served(&self.step),
                Place::Absent => waiter.be_absent(&self.step, self.now),
                Place::Waiting { role, to_be_told } => {
                    assert_eq!(waiter.has_token, has_token, "{waiter:?}");
                    waiter.wait(role, to_be_told, &self.step)
                }
            };
            assert!(given.is_none() || !is_at_rest, "{waiter:?} is given {given:?} at rest");
            ahead.assert_in_order(waiter, given);
            ahead.pass(waiter);
            count.add(waiter);
            assert!(waiter.is_up || !waiter.has_news(), "{waiter:?} was not woken");
            let is_forgotten = waiter.stands == Stands::ToBeTold && !self.announcing;
            assert!(!is_forgotten, "nobody tells {waiter:?}");
        }
        let is_passed_over = ahead.first_rests && ahead.other_creates;
        assert!(!is_passed_over, "whose create ended is given the next right");
        count
    }

    /// Of what was given, the last may have been taken over by one who came back.
    pub(super) fn put_first_who_was_taken_from(&mut self) {
        let state = &self.state;
        let was_taken = |waiter: &Waiter| {
            let place = state.waiters.look(waiter.key.as_ref().expect("a waiter has a place"));
            let waits = Place::Waiting { role: Role::Unasked, to_be_told: false };
            let was_given = waiter.stands == Stands::Granted
                || (waiter.stands == Stands::Queued && waiter.role == Role::Entrusted);
            was_given && place == waits
        };
        let Some(at) = self.waiters.iter().position(was_taken) else { return };
        let mut waiter = self.waiters.remove(at);
        let was_right = waiter.stands == Stands::Queued;
        (waiter.stands, waiter.role, waiter.goes_first) = (Stands::Queued, Role::Unasked, true);
        waiter.in_front |= !was_right;
        if !was_right {
            self.forget_asker(waiter.id);
        }
        // Who had the right to a create has kept its place.
        let at = if was_right { at } else { self.stands_at(Standing::First) };
        self.waiters.insert(at, waiter);
    }

    /// Laws A1, A2 and A3: what the pool says it has is what the walk holds or gave it.
    fn assert_slots(&self, status: &Status, count: &Count) {
        let before = &self.before;
        let expected = Status {
            max_size: self.settings.max_size,
            size: status.idle + status.in_use + status.creating + status.closing,
            idle: self.inside.len() - count.granted,
            in_use: self.lent.len() + self.checking.len() + self.flying.len() + count.granted,
            creating: self.creating.len() + count.entrusted,
            closing: self.closing + self.resetting.len(),
            waiting: self.waiters.len() + self.checking.len(),
            suspended: self.suspended,
        };
        assert_eq!(*status, expected);
        assert!(status.size <= status.max_size.max(before.size), "{status} after {before}");
        let most = if self.outage { 1 } else { self.settings.max_creating };
        let is_wave = status.creating > most.max(before.creating);
        assert!(!is_wave, "too many creates in {status}, outage: {}", self.outage);
        let needed =
            self.step.may_make_spare || status.creating <= count.queued.max(before.creating);
        assert!(needed, "{status} creates more than anybody needs");
        let stale = self.inside.iter().filter(|thing| self.is_stale(thing)).count();
        assert!(stale <= count.granted, "something idle has ended in {status}");
        assert!(!self.closed || status.idle == 0, "a closed pool keeps {status}");
    }

    /// Law W1, and the minimum. What is closing is missed when it is gone.
    fn assert_nobody_waits_in_vain(&self, status: &Status, count: &Count) {
        let may_create = self.may_create(status);
        let is_short = count.queued > status.creating + self.flying.len();
        let is_idle = status.idle > 0 && !self.suspended;
        assert!(!(is_short && is_idle), "somebody waits beside an idle resource: {status}");
        let is_room = is_short && may_create;
        assert!(!is_room, "somebody waits beside room to create: {status}");
        assert!(!self.closed || count.queued == 0, "somebody waits for a closed pool");
        if may_create && status.closing == 0 && !self.filling {
            assert!(!self.lacks_minimum(status), "nobody was asked to fill {status}");
        }
    }

    /// Law G2: somebody comes to sweep, if a get may keep from others what it does not fetch, or may
    /// have no time left for it; soon, if others wait or the pool is to shrink.
    fn assert_swept(&self, status: &Status) {
        let is_given =
            |waiter: &&Waiter| waiter.stands == Stands::Granted || waiter.role == Role::Entrusted;
        let mut given = self.waiters.iter().filter(is_given).peekable();
        if given.peek().is_none() {
            return;
        }
        let has_surplus = status.size - status.closing > self.settings.max_size;
        let is_missed = (self.queued() > 0 || has_surplus) && self.settings.patience.is_some();
        let is_limited = given.any(|waiter| waiter.deadline.is_some());
        assert!(self.sweeping || !(is_missed || is_limited), "nobody sweeps");
        assert!(!(self.sweeps_later && is_missed), "whoever sweeps comes too late");
    }

    /// Whoever waits for the pool to settle, or for a closed one to be empty, is woken when it is so.
    fn assert_watcher(&mut self, status: &Status) {
        let was = &self.before;
        let has_settled = was.size > was.max_size && status.size <= status.max_size;
        let has_emptied = self.closed && was.size > 0 && status.size == 0;
        let woken = self.step.woke_watcher;
        assert!(woken || !has_settled, "nobody heard that {status} has settled");
        assert!(woken || !has_emptied, "nobody heard that {status} is empty");
        if woken {
            assert!(self.state.rewatch(self.watcher, WATCHER).is_none(), "it is woken once");
        }
    }

    fn is_reason(&self, reason: DiscardReason, thing: &Thing) -> bool {
        match reason {
            DiscardReason::PoolClosed => self.closed,
            DiscardReason::Invalidated => thing.generation != self.generation,
            DiscardReason::Expired => thing.expires_at <= self.told_tick,
            DiscardReason::Surplus => {
                let status = &self.before;
                status.size + 1 - status.closing.min(status.size) > self.settings.max_size
            }
            DiscardReason::Idle => self.settings.idle_timeout.is_some(),
            _ => false,
        }
    }
}

/// What a step gave a waiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Resource,
    Permit,
}

/// What is known of those ahead of a waiter.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is seen by itself")]
struct Ahead {
    waits: bool,
    /// Nothing is in flight for it, and it does not go first.
    rests: bool,
    /// Nothing is in flight for it although it goes first.
    first_rests: bool,
    /// Was given a right although it does not go first.
    other_creates: bool,
}

impl Ahead {
    /// Law W3, and the order in which rights to creates are given.
    fn assert_in_order(&mut self, waiter: &Waiter, given: Option<Given>) {
        match given {
            Some(Given::Resource) => {
                assert!(!self.waits, "{waiter:?} overtook");
            }
            Some(Given::Permit) => {
                assert!(!self.rests || waiter.goes_first, "{waiter:?} creates too soon");
                self.other_creates |= !waiter.goes_first;
            }
            None => {}
        }
    }

    fn pass(&mut self, waiter: &Waiter) {
        let waits = waiter.stands == Stands::Queued;
        let rests = waits && waiter.role == Role::Unasked;
        self.waits |= waits;
        self.rests |= rests && !waiter.goes_first;
        self.first_rests |= rests && waiter.goes_first;
    }
}

impl Waiter {
    /// Notes that something was left at its place.
    fn be_served(&mut self, step: &Step) -> Option<Given> {
        let stood = self.stands;
        self.stands = match stood {
            Stands::Queued if step.told == Some(self.id) => Stands::Told,
            Stands::Queued => Stands::Granted,
            Stands::ToBeTold => Stands::Told,
            Stands::Granted | Stands::Told | Stands::Absent => stood,
        };
        // A permit it had not begun to use has gone on.
        if self.role == Role::Entrusted {
            self.role = Role::Unasked;
        }
        (stood != self.stands && self.stands == Stands::Granted).then_some(Given::Resource)
    }

    /// Notes that what it was given was taken back.
    fn be_absent(&mut self, step: &Step, now: Instant) -> Option<Given> {
        if self.stands != Stands::Absent {
            let was_given = self.stands == Stands::Granted || self.role == Role::Entrusted;
            // It may have been given something in the same sweep, without time for it.
            let is_over = self.deadline.is_some_and(|deadline| deadline <= now);
            let is_due = was_given || (is_over && self.stands == Stands::Queued);
            assert!(step.may_take_back && is_due, "{self:?} lost its place");
            (self.stands, self.role) = (Stands::Absent, Role::Unasked);
        }
        None
    }

    /// Notes what has become of it while it waits.
    fn wait(&mut self, role: Role, to_be_told: bool, step: &Step) -> Option<Given> {
        if to_be_told && self.stands == Stands::Queued {
            assert!(step.may_announce, "{self:?} is to be told: what?");
            self.stands = Stands::ToBeTold;
        }
        assert_eq!(to_be_told, self.stands == Stands::ToBeTold, "{self:?}");
        let is_told = to_be_told || step.told != Some(self.id);
        assert!(is_told, "{self:?} is not told that its create failed");
        let is_entrusted = role == Role::Entrusted && self.role == Role::Unasked;
        if is_entrusted {
            self.role = Role::Entrusted;
        }
        assert_eq!(role, self.role, "{self:?}");
        is_entrusted.then_some(Given::Permit)
    }

    /// Whether it would see something if it looked.
    fn has_news(&self) -> bool {
        match self.stands {
            // Who is absent was woken when it was given what was taken back.
            Stands::Granted | Stands::Told | Stands::Absent => true,
            Stands::Queued => self.role == Role::Entrusted,
            // It hears it when it is told.
            Stands::ToBeTold => false,
        }
    }
}

impl Count {
    fn add(&mut self, waiter: &Waiter) {
        let is_queued = waiter.stands == Stands::Queued;
        self.queued += usize::from(is_queued);
        self.entrusted += usize::from(waiter.role == Role::Entrusted);
        self.granted += usize::from(waiter.stands == Stands::Granted);
    }
}
