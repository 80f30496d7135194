//! A naive pool to hold the state machine against: the same rules over plain lists, searched from
//! end to end, with no thought for speed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use crate::counters::Counters;
use crate::event::DiscardReason;
use crate::settings::RecyclePolicy;
use crate::settings::Settings;
use crate::settings::{Order, ticks};
use crate::state::outcome::Grant;
use crate::state::{Born, Dated, Failed, Rest, Stamp, Verdict};
use crate::status::Status;

/// A waiter's name in a trial.
pub(super) type Id = u32;

/// A resource in a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Thing {
    pub(super) number: u32,
    pub(super) generation: u64,
    pub(super) expires_at: u64,
    pub(super) known_good_at: u64,
    /// Since it was last lent.
    pub(super) seen_idle: Option<u64>,
}

impl Thing {
    /// Before the state machine has stamped it.
    pub(super) fn unstamped(self) -> Self {
        Self { expires_at: 0, known_good_at: 0, ..self }
    }
}

/// Born at a tick; lifetimes are not left to chance here.
pub(super) fn born(tick: u64) -> Born {
    Born { tick, chance: 0.0 }
}

impl Dated for Thing {
    fn have_check() -> bool {
        true
    }

    fn stamp(&mut self, stamp: Stamp) {
        (self.expires_at, self.known_good_at) = (stamp.expires_at, stamp.known_good_at);
    }

    fn known_good_at(&self) -> u64 {
        self.known_good_at
    }

    fn generation(&self) -> u64 {
        self.generation
    }

    fn expires_at(&self) -> u64 {
        self.expires_at
    }

    fn idle_since(&mut self, now: u64) -> u64 {
        *self.seen_idle.get_or_insert(now)
    }
}

/// What a waiter sees when it looks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sight {
    Granted { thing: Thing, check_due: bool },
    Stale,
    Told(Verdict<u32>),
    Create,
    Pointless,
    Absent,
    Waits,
}

#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) settings: Settings,
    order: Order,
    pub(super) idle: VecDeque<Thing>,
    /// Oldest first.
    pub(super) queue: VecDeque<Id>,
    /// So many at its head had to leave it and came back.
    pub(super) fronts: usize,
    /// The order in which those for whom no create is in flight are given the right to one.
    pub(super) unasked: VecDeque<Id>,
    pub(super) entrusted: BTreeSet<Id>,
    pub(super) grants: BTreeMap<Id, Grant<Thing>>,
    /// Who has not fetched what it was given, a right or a resource, and in which round that was.
    pub(super) given: Vec<(Id, u32)>,
    /// What these were given was taken back; they are out of the queue until they look.
    pub(super) absent: BTreeSet<Id>,
    pub(super) deadlines: BTreeMap<Id, Instant>,
    pub(super) round: u32,
    pub(super) told: BTreeMap<Id, Verdict<u32>>,
    /// Out of the queue, but not told yet.
    pub(super) to_tell: VecDeque<Id>,
    pub(super) verdict: Option<Verdict<u32>>,
    /// Those who left a token since they were last woken.
    pub(super) asleep: BTreeSet<Id>,
    pub(super) lent: usize,
    /// Checks that go on without their borrower.
    pub(super) checking: usize,
    pub(super) permits: usize,
    pub(super) closing: usize,
    pub(super) outage: Option<Outage>,
    pub(super) closed: bool,
    pub(super) suspended: bool,
    pub(super) generation: u64,
    pub(super) failed_checks: u64,
    pub(super) tick: u64,
    pub(super) counted: Counted,
    /// Whom the current event woke.
    pub(super) woken: Vec<Id>,
    /// What the current event evicted.
    pub(super) evicted: Vec<(Thing, DiscardReason)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Outage {
    /// Since when creates fail and nobody is served.
    since: Instant,
    /// When one failed last.
    last: Instant,
    has_served: bool,
}

/// What has happened, each thing counted by itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    pub(super) started: u64,
    pub(super) served: u64,
    pub(super) timed_out: u64,
    pub(super) cancelled: u64,
    pub(super) failed: u64,
    pub(super) tried: u64,
    pub(super) refused: u64,
    pub(super) created: u64,
    pub(super) create_failed: u64,
    pub(super) inserted: u64,
    pub(super) ended: u64,
    pub(super) detached: u64,
}

impl Model {
    pub(super) fn new(settings: Settings, order: Order) -> Self {
        Self {
            settings,
            order,
            idle: VecDeque::new(),
            queue: VecDeque::new(),
            fronts: 0,
            unasked: VecDeque::new(),
            entrusted: BTreeSet::new(),
            grants: BTreeMap::new(),
            given: Vec::new(),
            absent: BTreeSet::new(),
            deadlines: BTreeMap::new(),
            round: 0,
            told: BTreeMap::new(),
            to_tell: VecDeque::new(),
            verdict: None,
            asleep: BTreeSet::new(),
            lent: 0,
            checking: 0,
            permits: 0,
            closing: 0,
            outage: None,
            closed: false,
            suspended: false,
            generation: 0,
            failed_checks: 0,
            tick: 0,
            counted: Counted::default(),
            woken: Vec::new(),
            evicted: Vec::new(),
        }
    }

    /// What is to be seen, where so many gets are known to have begun and not ended.
    pub(super) fn status(&self, waiting: usize) -> Status {
        Status {
            max_size: self.settings.max_size,
            size: self.size(),
            idle: self.idle.len(),
            in_use: self.lent,
            creating: self.permits,
            closing: self.closing,
            waiting,
            suspended: self.suspended,
        }
    }

    pub(super) fn counters(&self, waiting: usize) -> Counters {
        let Counted { started, served, timed_out, cancelled, failed, .. } = self.counted;
        let Counted { tried, refused, created, create_failed, .. } = self.counted;
        let Counted { inserted, ended, detached, .. } = self.counted;
        let waiting = waiting as u64;
        Counters {
            started,
            served,
            timed_out,
            cancelled,
            failed,
            waiting,
            tried,
            refused,
            created,
            create_failed,
            inserted,
            ended,
            detached,
        }
    }

    pub(super) fn size(&self) -> usize {
        self.idle.len() + self.lent + self.permits + self.closing
    }

    /// Lends what is idle; a get or `try_get` that would leave too few for `min_idle` has to ask
    /// twice, as something has to be created for it.
    pub(super) fn take(&mut self, may_leave_too_few: bool) -> Option<Thing> {
        if self.suspended || (!may_leave_too_few && self.idle.len() <= self.settings.min_idle) {
            return None;
        }
        let thing = match self.order {
            Order::Fifo => self.idle.pop_front(),
            Order::Lifo => self.idle.pop_back(),
        }?;
        self.lent += 1;
        Some(thing)
    }

    pub(super) fn is_check_due(&self, thing: Thing) -> bool {
        let suspect = thing.known_good_at < self.failed_checks;
        suspect || self.settings.recycle_policy == RecyclePolicy::Always
    }

    /// Who comes back as the first takes what was given to the last who has not fetched it, unless
    /// it may create; that one is the first then. A resource, if it was one; whether it was a right.
    pub(super) fn take_over(&mut self) -> (Option<(Id, Grant<Thing>)>, bool) {
        let may_create = self.queue.len() >= self.permits + self.checking && self.may_create();
        if self.suspended || may_create {
            return (None, false);
        }
        let Some(&(id, _)) = self.given.last() else { return (None, false) };
        if self.to_tell.contains(&id) {
            return (None, false);
        }
        self.given.pop();
        let grant = self.grants.remove(&id);
        let had_right = grant.is_none();
        if grant.is_some() {
            self.stand_in_front(id);
        } else {
            self.entrusted.remove(&id);
        }
        self.unasked.push_front(id);
        (grant.map(|grant| (id, grant)), had_right)
    }

    /// Enters as the last, or as the first again; whether it is to begin a create at once, as it
    /// `has_right` to or there is room.
    pub(super) fn enter(
        &mut self,
        id: Id,
        deadline: Option<Instant>,
        is_first: bool,
        has_right: bool,
    ) -> bool {
        self.stand(id, deadline, is_first);
        // There is room only where everybody else has a create in flight.
        let creates = has_right || (self.is_supply_short() && self.may_create());
        if creates {
            self.unasked.retain(|&other| other != id);
            self.permits += usize::from(!has_right);
        } else {
            self.asleep.insert(id);
        }
        creates
    }

    fn stand(&mut self, id: Id, deadline: Option<Instant>, is_first: bool) {
        self.deadlines.extend(deadline.map(|deadline| (id, deadline)));
        if is_first {
            self.stand_in_front(id);
            self.unasked.push_front(id);
        } else {
            self.queue.push_back(id);
            self.unasked.push_back(id);
        }
    }

    /// A get finds its resource unfit where it began to check it.
    pub(super) fn reenter(&mut self, id: Id, deadline: Option<Instant>) {
        if !self.closed {
            self.stand(id, deadline, true);
        }
        self.unfit();
    }

    fn unfit(&mut self) {
        self.lent -= 1;
        self.serve_room();
        self.serve_idle();
    }

    pub(super) fn await_check(&mut self, id: Id, deadline: Option<Instant>, is_first: bool) {
        self.deadlines.extend(deadline.map(|deadline| (id, deadline)));
        self.checking += 1;
        if is_first {
            self.stand_in_front(id);
        } else {
            self.queue.push_back(id);
        }
    }

    /// Before all who have not been waiting, behind those who came back before.
    fn stand_in_front(&mut self, id: Id) {
        self.queue.insert(self.fronts, id);
        self.fronts += 1;
    }

    pub(super) fn check_passed(&mut self, thing: Thing, asker: Option<Id>) {
        self.end_check(asker);
        self.deliver(Grant { resource: thing, fresh: true });
        self.serve_idle();
        self.serve_room();
    }

    pub(super) fn check_failed(&mut self, asker: Option<Id>) {
        self.end_check(asker);
        self.unfit();
    }

    pub(super) fn check_broke_off(&mut self, asker: Option<Id>, cause: Option<u32>) {
        self.end_check(asker);
        self.tell_asker(asker, cause);
        self.serve_room();
        self.serve_idle();
    }

    fn end_check(&mut self, asker: Option<Id>) {
        self.checking -= 1;
        self.end_work(asker);
    }

    /// What was done for a waiter has ended.
    fn end_work(&mut self, asker: Option<Id>) {
        if let Some(id) = asker
            && self.queue.contains(&id)
        {
            self.unasked.push_front(id);
        }
    }

    /// One waiter is told, if it still waits.
    fn tell_asker(&mut self, asker: Option<Id>, cause: Option<u32>) {
        if let Some(id) = asker
            && let Some(cause) = cause
            && self.queue.contains(&id)
        {
            self.wake(id);
            self.depart(id);
            self.told.insert(id, Verdict::Failed(cause));
        }
    }

    /// Law G2, looked at from end to end.
    pub(super) fn sweep(&mut self, now: Instant) {
        self.round += 1;
        while let Some((id, _)) = self.given.iter().copied().find(|&given| self.is_vain(given, now))
        {
            self.given.retain(|&(other, _)| other != id);
            self.absent.insert(id);
            if let Some(grant) = self.grants.remove(&id) {
                self.deliver(grant);
            } else {
                // Who was to be told something may have looked in vain.
                self.wake(id);
                self.depart(id);
            }
        }
    }

    fn is_vain(&self, (id, since): (Id, u32), now: Instant) -> bool {
        let is_wanted = if self.entrusted.contains(&id) {
            let is_minimum_without = self.exist() > self.settings.min_size
                && self.will_be_idle() >= self.settings.min_idle;
            !self.unasked.is_empty() || !is_minimum_without
        } else {
            !self.queue.is_empty()
        };
        let is_over = self.deadlines.get(&id).is_some_and(|&deadline| deadline <= now);
        let is_old = self.settings.patience.is_some() && self.round - since >= 2;
        is_over || (is_old && (is_wanted || self.has_surplus()))
    }

    /// When somebody has to come again, as anything that was given may be in vain then.
    pub(super) fn rest(&self) -> Option<Rest> {
        self.given.first()?;
        if (!self.queue.is_empty() || self.has_surplus())
            && let Some(patience) = self.settings.patience
        {
            return Some(Rest::For(patience));
        }
        let deadlines = self.given.iter().filter_map(|(id, _)| self.deadlines.get(id));
        deadlines.min().copied().map(Rest::Until)
    }

    pub(super) fn look(&mut self, id: Id) -> Sight {
        if let Some(Grant { resource: thing, fresh }) = self.grants.remove(&id) {
            self.given.retain(|&(other, _)| other != id);
            if self.ends_stale(thing) {
                return Sight::Stale;
            }
            return Sight::Granted { thing, check_due: !fresh && self.is_check_due(thing) };
        }
        if let Some(verdict) = self.told.remove(&id) {
            return Sight::Told(verdict);
        }
        if self.absent.remove(&id) {
            return Sight::Absent;
        }
        if self.queue.contains(&id) && self.entrusted.remove(&id) {
            self.given.retain(|&(other, _)| other != id);
            let over = self.size() > self.settings.max_size;
            let is_pointless = self.suspended || self.closed || over;
            return if is_pointless { Sight::Pointless } else { Sight::Create };
        }
        self.asleep.insert(id);
        Sight::Waits
    }

    /// What was given is fetched too late, when it has been invalidated or has expired.
    pub(super) fn ends_stale(&mut self, thing: Thing) -> bool {
        let is_outdated = thing.generation != self.generation;
        let is_stale = is_outdated || thing.expires_at <= self.tick;
        if is_stale {
            self.lent -= 1;
            self.closing += 1;
            let reason =
                if is_outdated { DiscardReason::Invalidated } else { DiscardReason::Expired };
            self.evicted.push((thing, reason));
        }
        is_stale
    }

    pub(super) fn leave(&mut self, id: Id) {
        self.deadlines.remove(&id);
        if let Some(grant) = self.grants.remove(&id) {
            self.given.retain(|&(other, _)| other != id);
            self.deliver(grant);
        } else if self.told.remove(&id).is_none() && !self.absent.remove(&id) {
            self.depart(id);
        }
    }

    pub(super) fn deliver(&mut self, grant: Grant<Thing>) {
        if let Some(reason) = self.reason_to_evict(grant.resource) {
            self.lent -= 1;
            self.closing += 1;
            self.evicted.push((grant.resource, reason));
        } else if let Some(&oldest) = self.queue.front().filter(|_| !self.suspended) {
            self.grant(oldest, grant);
        } else {
            self.lent -= 1;
            self.idle.push_back(grant.resource);
        }
    }

    fn grant(&mut self, oldest: Id, grant: Grant<Thing>) {
        self.has_served();
        self.wake(oldest);
        // A right that it had not used goes on when the resource is given.
        let had_permit = self.entrusted.remove(&oldest);
        self.depart(oldest);
        self.grants.insert(oldest, grant);
        self.given.push((oldest, self.round));
        if had_permit {
            self.permits -= 1;
            self.serve_room();
        }
    }

    fn end_create(&mut self, asker: Option<Id>) {
        self.permits -= 1;
        self.end_work(asker);
    }

    pub(super) fn created(&mut self, resource: Thing, asker: Option<Id>) {
        self.end_create(asker);
        self.counted.created += 1;
        self.outage = None;
        self.lent += 1;
        self.deliver(Grant { resource, fresh: true });
        self.serve_idle();
        self.serve_room();
    }

    /// Law F1, as it is written.
    pub(super) fn create_failed(&mut self, cause: u32, asker: Option<Id>, failed: Failed) {
        let now = failed.now;
        self.counted.create_failed += 1;
        self.end_create(asker);
        if self.closed {
            return;
        }
        let patience = self.patience();
        let since = match self.outage {
            Some(outage) if !self.is_old(outage, now) => {
                if outage.has_served {
                    now
                } else {
                    outage.since
                }
            }
            _ => now,
        };
        // One of a wave changes nothing.
        if self.outage.is_none_or(|outage| failed.begun >= outage.last) {
            self.outage = Some(Outage { since, last: now, has_served: false });
        }
        let since = self.outage.map_or(now, |outage| outage.since);
        let nothing_lent = self.lent == 0;
        let nothing_on_its_way = self.permits == 0;
        if self.suspended {
            // They wait for the resume.
        } else if (nothing_lent && nothing_on_its_way) || now - since >= patience {
            self.tell_all(Verdict::Failed(cause));
        } else if nothing_lent {
            self.tell_asker(asker, Some(cause));
        }
        self.serve_idle();
        self.serve_room();
    }

    /// Somebody comes who would have to wait for the one probe of an outage.
    pub(super) fn attend(&mut self, now: Instant) {
        if self.outage.is_some_and(|outage| self.is_old(outage, now)) {
            self.outage = None;
            self.serve_idle();
            self.serve_room();
        }
    }

    fn is_old(&self, outage: Outage, now: Instant) -> bool {
        now - outage.last > self.patience() + Duration::from_millis(50)
    }

    fn patience(&self) -> Duration {
        self.settings.create_timeout.expect("a trial's creates are bounded")
    }

    pub(super) fn permit_ends(&mut self, asker: Option<Id>, cause: Option<u32>) {
        self.end_create(asker);
        self.tell_asker(asker, cause);
        self.serve_idle();
        self.serve_room();
    }

    pub(super) fn tell_all(&mut self, verdict: Verdict<u32>) {
        self.to_tell.append(&mut self.queue);
        self.fronts = 0;
        self.unasked.clear();
        if !self.to_tell.is_empty() {
            self.verdict = Some(verdict);
        }
    }

    pub(super) fn tell(&mut self) {
        while let Some(id) = self.to_tell.front().copied() {
            self.wake(id);
            self.depart(id);
            self.told.insert(id, self.verdict.clone().expect("there is something to tell"));
        }
    }

    pub(super) fn reconfigure(&mut self, settings: Settings) {
        self.settings = settings;
        self.serve_room();
        while self.idle.len() + self.lent + self.permits > settings.max_size
            && let Some(thing) = self.idle.pop_front()
        {
            self.closing += 1;
            self.evicted.push((thing, DiscardReason::Surplus));
        }
    }

    pub(super) fn resume(&mut self) {
        self.suspended = false;
        while let Some(&oldest) = self.queue.front()
            && let Some(resource) = self.take(true)
        {
            // A permit is given on when everybody is served for whom something is idle.
            self.suspended = true;
            self.grant(oldest, Grant { resource, fresh: false });
            self.suspended = false;
        }
        self.serve_room();
    }

    fn has_served(&mut self) {
        if let Some(outage) = &mut self.outage {
            outage.has_served = true;
        }
    }

    /// Why something that comes in is to end, if it is.
    pub(super) fn reason_to_evict(&self, thing: Thing) -> Option<DiscardReason> {
        if self.closed {
            Some(DiscardReason::PoolClosed)
        } else if thing.generation != self.generation {
            Some(DiscardReason::Invalidated)
        } else if thing.expires_at <= self.tick {
            Some(DiscardReason::Expired)
        } else {
            self.has_surplus().then_some(DiscardReason::Surplus)
        }
    }

    /// Whether more exist than may, and do not end by themselves.
    fn has_surplus(&self) -> bool {
        self.exist() > self.settings.max_size
    }

    /// The clock is told a tick; what has expired ends, and what nobody has wanted for too long, as
    /// long as it can be spared.
    pub(super) fn reap(&mut self, tick: u64) {
        self.tick = self.tick.max(tick);
        let limit = self.settings.idle_timeout.map_or(u64::MAX, ticks);
        let mut at = 0;
        while at < self.idle.len() {
            let exist = self.idle.len() + self.lent + self.permits;
            let spare = exist > self.settings.min_size && self.idle.len() > self.settings.min_idle;
            let is_unwanted = self.idle[at].idle_since(tick).saturating_add(limit) <= tick;
            let reason = if self.idle[at].expires_at <= tick {
                DiscardReason::Expired
            } else if is_unwanted && spare {
                DiscardReason::Idle
            } else {
                at += 1;
                continue;
            };
            let thing = self.idle.remove(at).expect("it was looked at");
            self.closing += 1;
            self.evicted.push((thing, reason));
        }
    }

    pub(super) fn take_longest_idle(&mut self) -> Option<Thing> {
        let thing = self.idle.pop_front()?;
        self.lent += 1;
        Some(thing)
    }

    pub(super) fn invalidate(&mut self) {
        self.generation += 1;
        self.end_idle(DiscardReason::Invalidated);
        self.serve_room();
    }

    pub(super) fn close(&mut self) {
        if !self.closed {
            self.closed = true;
            self.outage = None;
            self.end_idle(DiscardReason::PoolClosed);
            for (id, _) in std::mem::take(&mut self.given) {
                self.absent.insert(id);
                if let Some(grant) = self.grants.remove(&id) {
                    self.deliver(grant);
                } else {
                    self.wake(id);
                    self.depart(id);
                }
            }
            self.tell_all(Verdict::Closed);
        }
    }

    fn end_idle(&mut self, reason: DiscardReason) {
        self.closing += self.idle.len();
        self.evicted.extend(self.idle.drain(..).map(|thing| (thing, reason)));
    }

    /// Rule 2 of creating, and rule 3.
    pub(super) fn serve_room(&mut self) {
        while self.is_supply_short() && self.may_create() {
            let id = self.unasked.pop_front().expect("nothing is in flight for somebody");
            self.permits += 1;
            self.entrusted.insert(id);
            self.given.push((id, self.round));
            self.wake(id);
        }
    }

    /// Law W1, where a failed check has left something idle beside a waiter.
    fn serve_idle(&mut self) {
        while self.is_supply_short()
            && let Some(resource) = self.take(true)
        {
            let oldest = *self.queue.front().expect("somebody waits");
            self.grant(oldest, Grant { resource, fresh: false });
        }
    }

    /// Rule 1 of creating.
    pub(super) fn is_supply_short(&self) -> bool {
        self.queue.len() > self.permits + self.checking
    }

    pub(super) fn is_overloaded(&self) -> bool {
        let most = self.settings.max_waiting.unwrap_or(usize::MAX);
        let most = most.saturating_add(self.permits + self.checking);
        self.queue.len() >= most && !self.may_create()
    }

    pub(super) fn may_create(&self) -> bool {
        let most = if self.outage.is_some() { 1 } else { self.settings.max_creating };
        let is_open = !self.closed && !self.suspended;
        is_open && self.size() < self.settings.max_size && self.permits < most
    }

    pub(super) fn lacks_minimum(&self) -> bool {
        let Settings { min_size, min_idle, .. } = self.settings;
        let too_few = self.exist() < min_size || self.will_be_idle() < min_idle;
        too_few && self.may_create()
    }

    /// What will exist when all is done that is under way.
    fn exist(&self) -> usize {
        self.idle.len() + self.lent + self.permits
    }

    /// What of it nobody waits for.
    fn will_be_idle(&self) -> usize {
        let supply = self.permits + self.checking;
        let for_waiters = supply.min(self.queue.len());
        let unserved = self.queue.len() - for_waiters;
        (self.idle.len() + supply - for_waiters).saturating_sub(unserved)
    }

    /// Takes a waiter out of wherever it waits; a permit it has not used goes on.
    fn depart(&mut self, id: Id) {
        if let Some(at) = self.queue.iter().position(|&other| other == id) {
            self.queue.remove(at);
            self.fronts -= usize::from(at < self.fronts);
        }
        self.unasked.retain(|&other| other != id);
        self.to_tell.retain(|&other| other != id);
        self.asleep.remove(&id);
        self.given.retain(|&(other, _)| other != id);
        if self.entrusted.remove(&id) {
            self.permits -= 1;
            self.serve_room();
        }
    }

    fn wake(&mut self, id: Id) {
        if self.asleep.remove(&id) {
            self.woken.push(id);
        }
    }
}
