//! The pool as a pure state machine.
//!
//! `State` knows no clock, lock, waker call, user code or I/O. Time and chance come in as
//! arguments; what has to happen goes out as a value ([`Effects`]) which the shell carries out
//! after it has released the lock. `T` is a resource, `E` the cheaply cloned cause of a failed
//! create, `W` an opaque wake token. That is what makes it possible to try every state of a small
//! pool, and millions of random walks through larger ones, instead of hoping.
//!
//! # Slots
//!
//! Each slot is in exactly one state, and `size` is their sum, never stored (law A1):
//!
//! | state | the slot's resource |
//! |---|---|
//! | idle | waits in the pool |
//! | lent | is with an item, in a check, or granted to a waiter that has not fetched it |
//! | permit | does not exist yet: somebody has the right to create it, or is creating it |
//! | closing | is being reset, or has left for good and is not gone yet |
//!
//! # Transitions
//!
//! | transition | from → to | serves |
//! |---|---|---|
//! | [`begin`](State::begin) | idle → lent | the caller |
//! | [`try_begin`](State::try_begin) | idle → lent | the caller |
//! | [`enter`](State::enter) | – ; – → permit | the caller becomes the last waiter |
//! | [`reenter`](State::reenter) | lent → – or closing; – → permit | a failed check: the caller becomes the first waiter |
//! | [`poll`](State::poll) | – | the waiter, if it was granted, entrusted or told something |
//! | [`leave`](State::leave) | as `put`, if it was granted something | the next waiter |
//! | [`put`](State::put) | lent → lent, idle or closing | the oldest waiter |
//! | [`insert`](State::insert) | – → lent or idle | the oldest waiter |
//! | [`created`](State::created) | permit → lent, idle or closing | the oldest waiter; ends an outage |
//! | [`create_failed`](State::create_failed) | permit → – | tells whom law F1 names |
//! | [`release_permit`](State::release_permit) | permit → – | a permit that was not used |
//! | [`create_broke_off`](State::create_broke_off) | permit → – | a create that came to nothing |
//! | [`permit_to_fill`](State::permit_to_fill) | – → permit | the minimum |
//! | [`permit_on_the_spot`](State::permit_on_the_spot) | – → permit | the caller |
//! | [`retire`](State::retire) | lent → closing | |
//! | [`begin_reset`](State::begin_reset) | lent → closing | |
//! | [`returned`](State::returned) | closing → lent, idle or closing | the oldest waiter |
//! | [`gone`](State::gone) | closing → – | room to create |
//! | [`detach`](State::detach) | lent → – | room to create |
//! | [`reconfigure`](State::reconfigure) | idle → closing | room to create |
//! | [`suspend`](State::suspend) | – | nobody until `resume` |
//! | [`resume`](State::resume) | idle → lent; – → permit | the oldest waiters |
//! | [`take_longest_idle`](State::take_longest_idle) | idle → lent | the caller |
//! | [`invalidate`](State::invalidate) | idle → closing | |
//! | [`reap`](State::reap) | idle → closing | |
//! | [`close`](State::close) | idle → closing | tells all waiters |
//! | [`tell`](State::tell) | – | carries the telling on, a chunk at a time |
//!
//! # Creating
//!
//! A permit exists only while more waiters than permits exist or the minimum lacks something, the
//! size is below the maximum and fewer than `max_creating` permits exist; while creates fail, at
//! most one (`may_create`). It
//! goes to the oldest waiter that drives no create, in the transition that made the room. Creates
//! are anonymous: what was created goes to the oldest waiter, whoever drove it.

mod idle;
mod outage;
mod outcome;
mod serve;
mod tally;
#[cfg(test)]
mod tests;
mod waiters;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use slab::Slab;

use self::idle::Idle;
use self::outage::Outage;
use self::outcome::Grant;
use self::tally::Tally;
use self::waiters::{Left, Place, Role, Waiters};
use crate::check::RecyclePolicy;
use crate::counters::Counters;
use crate::observer::{DiscardReason, GetOutcome};
use crate::settings::Settings;
use crate::status::Status;

pub use self::idle::Order;
pub use self::outage::Backoff;
pub(crate) use self::outage::Failed;
pub(crate) use self::outcome::{Effects, Entered, Lent, Permit, Polled, Refused, Surplus, Verdict};
pub(crate) use self::waiters::Key;

/// How many idle resources are looked at in one critical section.
const REAP_CHUNK: usize = 64;

/// How often idle resources are looked at within one `idle_timeout`: they are ended at most this
/// part of it too late.
const LOOKS: u64 = 8;

/// How many waiters are told something in one critical section.
const TELL_CHUNK: usize = 64;

#[derive(Clone, Debug)]
pub(crate) struct State<T, E, W> {
    /// Law W1: empty while anybody waits who drives no create.
    idle: Idle<T>,
    waiters: Waiters<T, E, W>,
    lent: usize,
    /// At least one for each waiter that drives a create or was entrusted with one.
    permits: usize,
    closing: usize,
    settings: Settings,
    tally: Tally,
    /// Nothing is lent or created, only taken back.
    suspended: bool,
    /// `Some` from a failed create to the next one that succeeds.
    outage: Option<Outage<E>>,
    /// What those are told whom `Waiters::tell_all` moved; `None` when all have been.
    verdict: Option<Verdict<E>>,
    /// Raised by `invalidate`: a resource of an earlier one is surplus.
    generation: u64,
    /// How many checks have failed. A resource that was last known good at a lower count is
    /// suspect (law F3).
    suspicion: u64,
    /// The coarse clock (law S3): told by `reap`, at the exact moments when something expires.
    now: u64,
    /// When resources expire, those included that have gone before their time.
    expiries: BinaryHeap<Reverse<u64>>,
    /// Law Z1: while set, nothing is idle and nobody waits.
    closed: bool,
    /// Those who wait for the pool to change rather than for a resource.
    watchers: Slab<Option<W>>,
}

/// What the state machine must know of a resource. Times are ticks: milliseconds of the pool's
/// life, as a coarse clock is told them.
pub(crate) trait Dated {
    /// Whether resources of this kind may have to be checked before they are lent again.
    fn have_check() -> bool;
    /// The suspicion at which it was last known good.
    fn known_good_at(&self) -> u64;
    /// When it was made, in terms of `State::invalidate`.
    fn generation(&self) -> u64;
    /// The tick from which on it is not to be lent.
    fn expires_at(&self) -> u64;
    /// The tick at which it was first seen idle since it was last lent; `now`, if that is now.
    fn idle_since(&mut self, now: u64) -> u64;
}

impl<T: Dated, E: Clone, W> State<T, E, W> {
    pub(crate) fn new(settings: Settings, order: Order) -> Self {
        Self {
            idle: Idle::new(order),
            waiters: Waiters::new(),
            lent: 0,
            permits: 0,
            closing: 0,
            settings,
            tally: Tally::default(),
            suspended: false,
            outage: None,
            verdict: None,
            generation: 0,
            suspicion: 0,
            now: 0,
            expiries: BinaryHeap::new(),
            closed: false,
            watchers: Slab::new(),
        }
    }

    /// A get begins: lends an idle resource, if one can be spared. Overtakes nobody: while anything
    /// is idle, whoever waits has found something idle unfit and drives a create instead.
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
    pub(crate) fn doubt(&mut self) {
        self.tally.wait();
    }

    /// A get that waited, or whose resource was checked, has ended.
    pub(crate) fn end(&mut self, outcome: GetOutcome) {
        self.tally.end(outcome);
    }

    /// Lends an idle resource or, in the same critical section, queues the caller.
    pub(crate) fn enter(&mut self, token: W) -> (Entered<T>, Effects<T, E, W>) {
        let mut effects = Effects::none();
        if self.closed {
            effects.unused = Some(token);
            return (Entered::Refused(Verdict::Closed), effects);
        }
        if let Some(resource) = self.lend_idle() {
            effects.unused = Some(token);
            effects.fill = self.lacks_minimum();
            return (Entered::Lent(self.lend_waiting(resource, false)), effects);
        }
        if self.is_overloaded() {
            effects.unused = Some(token);
            return (Entered::Refused(Verdict::Overloaded), effects);
        }
        let key = self.waiters.push_back();
        self.serve_room(&mut effects);
        effects.fill = self.lacks_minimum();
        let permit = self.permit();
        let Place::Waiting { waiting, .. } = self.waiters.look(&key) else {
            unreachable!("whoever has just entered waits")
        };
        if waiting.role == Role::Entrusted {
            waiting.role = Role::Driving;
            effects.unused = Some(token);
            return (Entered::Drives(key, permit), effects);
        }
        waiting.token = Some(token);
        (Entered::Waits(key), effects)
    }

    /// Puts the borrower of a resource that failed its check at the head of the queue. The slot is
    /// room to create (law F3), unless the resource has a goodbye to say first.
    pub(crate) fn reenter(&mut self, is_closing: bool) -> (Option<Key>, Effects<T, E, W>) {
        let mut effects = Effects::none();
        self.lent -= 1;
        self.closing += usize::from(is_closing);
        let key = (!self.closed).then(|| self.waiters.push_front());
        // What else is idle may be as stale, so a create comes first.
        self.serve_room(&mut effects);
        self.serve_idle(&mut effects);
        self.notify(&mut effects);
        effects.fill = self.lacks_minimum();
        (key, effects)
    }

    /// Looks what a waiter has been given. `Granted` and `Told` empty `place`; a get that is granted
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
        let permit = self.permit();
        let over = self.suspended || !self.is_settled();
        let key = place.as_ref().expect("a waiter looks only while it has a place");
        let waiting = match self.waiters.look(key) {
            Place::Waiting { waiting, to_be_told: false } if waiting.role == Role::Entrusted => {
                waiting.role = Role::Driving;
                return Some(if over { Polled::Surplus } else { Polled::Drive(permit) });
            }
            Place::Waiting { waiting, .. } => waiting,
            Place::Served => {
                let key = place.take().expect("a waiter looks only while it has a place");
                return Some(match self.waiters.leave(key) {
                    Left::Granted(Grant { resource, fresh }) => {
                        Polled::Granted(self.lend_waiting(resource, fresh))
                    }
                    Left::Told(verdict) => Polled::Told(verdict),
                    Left::Waiting(_) => unreachable!("a served waiter waits no more"),
                });
            }
        };
        if !waiting.token.as_ref().is_some_and(is_current) {
            if token.is_none() {
                return None;
            }
            std::mem::swap(&mut waiting.token, token);
        }
        Some(Polled::Waits)
    }

    /// Takes a waiter out of the queue; what it was granted goes on to the next in the same
    /// critical section (law C2).
    pub(crate) fn leave(&mut self, key: Key) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        match self.waiters.leave(key) {
            Left::Granted(grant) => self.deliver(grant, &mut effects),
            Left::Told(verdict) => effects.causes[0] = verdict.into_cause(),
            Left::Waiting(served) => {
                effects.unused = served.token;
                self.pass_on(served.had_permit, &mut effects);
            }
        }
        effects
    }

    /// Takes a lent resource back if nobody waits for it and it is not surplus; or returns it,
    /// for `put`.
    #[inline]
    pub(crate) fn put_idle(&mut self, resource: T) -> Result<(), T> {
        // In a closed pool everything is stale.
        if self.waiters.len() > 0 || self.is_stale(&resource) || !self.is_settled() {
            return Err(resource);
        }
        self.lent -= 1;
        self.idle.put(resource);
        Ok(())
    }

    /// Takes a lent resource back.
    pub(crate) fn put(&mut self, resource: T) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        self.deliver(Grant { resource, fresh: false }, &mut effects);
        effects
    }

    /// Lends the resource that has been idle longest, to be asked about.
    pub(crate) fn take_longest_idle(&mut self) -> Option<T> {
        let resource = self.idle.take_longest_idle(1).pop()?;
        self.lent += 1;
        Some(resource)
    }

    /// Takes in a resource that was made elsewhere, if there is room.
    pub(crate) fn insert(&mut self, resource: T) -> Result<Effects<T, E, W>, Refused<T>> {
        if self.closed {
            return Err(Refused::Closed(resource));
        }
        if self.size() >= self.settings.max_size {
            return Err(Refused::Full(resource));
        }
        let mut effects = Effects::none();
        self.lent += 1;
        self.tally.inserted += 1;
        self.expect_expiry(&resource);
        self.deliver(Grant { resource, fresh: false }, &mut effects);
        self.notify(&mut effects);
        Ok(effects)
    }

    /// A create succeeded. `driver` is the waiter that drove it, if it still does.
    pub(crate) fn created(&mut self, resource: T, driver: Option<&Key>) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        self.end_create(driver);
        effects.causes[0] = self.outage.take().map(|outage| outage.cause);
        self.lent += 1;
        self.tally.created += 1;
        self.expect_expiry(&resource);
        self.deliver(Grant { resource, fresh: true }, &mut effects);
        self.serve_idle(&mut effects);
        self.serve_room(&mut effects);
        self.notify(&mut effects);
        effects.fill = self.lacks_minimum();
        effects
    }

    /// A create failed.
    pub(crate) fn create_failed(
        &mut self,
        cause: E,
        driver: Option<&Key>,
        failed: Failed,
    ) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        self.end_create(driver);
        self.tally.create_failed += 1;
        if self.closed {
            effects.causes[0] = Some(cause);
            self.notify(&mut effects);
            return effects;
        }
        let patience = self.settings.create_timeout;
        let (outage, replaced) =
            Outage::after(self.outage.take(), cause.clone(), &self.settings, failed);
        effects.causes[0] = replaced;
        let outlasted = patience.is_some_and(|patience| outage.lasted(failed.now) >= patience);
        self.outage = Some(outage);
        if outlasted || self.lent + self.permits == 0 {
            self.tell_all(Verdict::Failed(cause), &mut effects);
        } else if self.lent == 0 {
            self.tell_driver(driver, cause, &mut effects);
        } else {
            effects.causes[1] = Some(cause);
        }
        self.serve_idle(&mut effects);
        self.serve_room(&mut effects);
        self.notify(&mut effects);
        effects.fill = self.lacks_minimum();
        effects
    }

    /// A permit was not used: its create had not begun.
    pub(crate) fn release_permit(&mut self, driver: Option<&Key>) -> Effects<T, E, W> {
        let mut effects = self.create_broke_off(driver);
        effects.fill = self.lacks_minimum();
        effects
    }

    /// A create came to nothing: it panicked, or its executor is gone. The minimum does not try
    /// again, as it would at once and without end.
    pub(crate) fn create_broke_off(&mut self, driver: Option<&Key>) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        self.end_create(driver);
        self.serve_idle(&mut effects);
        self.serve_room(&mut effects);
        self.notify(&mut effects);
        effects
    }

    /// Gives a permit for one of the resources that are missing to the minimum.
    pub(crate) fn permit_to_fill(&mut self) -> Option<Permit> {
        self.lacks_minimum().then(|| {
            self.permits += 1;
            self.permit()
        })
    }

    /// Gives a permit to somebody who can use it on the spot, if that overtakes nobody.
    pub(crate) fn permit_on_the_spot(&mut self) -> Option<Permit> {
        let may = self.waiters.len() == 0 && self.outage.is_none() && self.may_create();
        may.then(|| {
            self.permits += 1;
            self.permit()
        })
    }

    /// A lent resource is to end: its slot is closing until it is `gone`.
    pub(crate) fn retire(&mut self) {
        self.lent -= 1;
        self.closing += 1;
    }

    /// As `retire`, but the resource is to be reset and `returned`; or not, if it is surplus.
    pub(crate) fn begin_reset(&mut self, resource: &T) -> Result<(), DiscardReason> {
        self.retire();
        self.surplus(resource).map_or(Ok(()), Err)
    }

    /// A resource that was closing has been reset.
    pub(crate) fn returned(&mut self, resource: T) -> Effects<T, E, W> {
        self.closing -= 1;
        self.lent += 1;
        self.put(resource)
    }

    /// A closing resource is no more.
    pub(crate) fn gone(&mut self) -> Effects<T, E, W> {
        self.closing -= 1;
        self.freed()
    }

    /// A lent resource leaves the pool with its holder.
    pub(crate) fn detach(&mut self) -> Effects<T, E, W> {
        self.lent -= 1;
        self.tally.detached += 1;
        self.freed()
    }

    /// Changes settings. What there is too much of ends: idle resources at once, those in use when
    /// they come back.
    pub(crate) fn reconfigure(&mut self, settings: Settings) -> Effects<T, E, W> {
        self.settings = settings;
        let surplus = self.size().saturating_sub(settings.max_size);
        let mut effects = self.freed();
        self.end_idle(surplus, DiscardReason::Surplus, &mut effects);
        effects
    }

    /// Has every resource that exists end: idle ones now, the others when they come back.
    pub(crate) fn invalidate(&mut self) -> Effects<T, E, W> {
        self.generation += 1;
        let mut effects = self.freed();
        self.end_idle(usize::MAX, DiscardReason::Invalidated, &mut effects);
        effects
    }

    /// Stops lending and creating; whoever comes waits.
    pub(crate) fn suspend(&mut self) {
        self.suspended = true;
    }

    /// Lends again: what has become idle and room to create go to whoever waits.
    pub(crate) fn resume(&mut self) -> Effects<T, E, W> {
        self.suspended = false;
        let mut effects = Effects::none();
        self.serve_idle(&mut effects);
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
        effects.causes[0] = self.outage.take().map(|outage| outage.cause);
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
            effects.causes[0] = self.verdict.take().and_then(Verdict::into_cause);
        }
        effects.causes[1] = verdict.into_cause();
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
            let may_spare = self.size() - self.closing > min_size && self.idle.len() > min_idle;
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
            effects.surplus.extend(resource.map(|resource| Surplus { resource, reason }));
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

    /// Registers somebody to be woken whenever a create ends, a slot is freed, or the pool is
    /// resized or closed.
    pub(crate) fn watch(&mut self, token: W) -> usize {
        self.watchers.insert(Some(token))
    }

    /// Renews a watcher's token and gives the old one back.
    pub(crate) fn rewatch(&mut self, watcher: usize, token: W) -> Option<W> {
        self.watchers[watcher].replace(token)
    }

    pub(crate) fn unwatch(&mut self, watcher: usize) -> Option<W> {
        self.watchers.remove(watcher)
    }

    pub(crate) fn status(&self) -> Status {
        Status {
            max_size: self.settings.max_size,
            size: self.size(),
            idle: self.idle.len(),
            in_use: self.lent,
            creating: self.permits,
            closing: self.closing,
            waiting: self.tally.waiting(),
        }
    }

    pub(crate) fn counters(&self) -> Counters {
        self.tally.counters(self.size() - self.permits)
    }

    #[inline]
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether as many resources exist as the minimum asks for.
    pub(crate) fn is_filled(&self) -> bool {
        self.idle.len() + self.lent >= self.settings.min_size.min(self.settings.max_size)
    }

    /// Whether no more resources exist than the maximum allows.
    #[inline]
    pub(crate) fn is_settled(&self) -> bool {
        self.size() <= self.settings.max_size
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.size() == 0
    }

    /// Whether a permit to fill may exist that does not exist yet.
    pub(crate) fn lacks_minimum(&self) -> bool {
        let Settings { min_size, min_idle, .. } = self.settings;
        // A permit is a waiter's before it is the minimum's.
        let lacks_idle =
            self.idle.len() + self.permits < min_idle.saturating_add(self.waiters.len());
        (self.size() - self.closing < min_size || lacks_idle) && self.may_create()
    }

    /// A check has failed: whatever was last known good before is suspect.
    pub(crate) fn suspect(&mut self) {
        self.suspicion += 1;
    }

    pub(crate) fn suspicion(&self) -> u64 {
        self.suspicion
    }

    pub(crate) fn is_suspended(&self) -> bool {
        self.suspended
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// The cause of the outage, if creates fail.
    pub(crate) fn cause(&self) -> Option<&E> {
        self.outage.as_ref().map(|outage| &outage.cause)
    }

    /// Law A1: each slot is in exactly one state, so their sum is the size.
    fn size(&self) -> usize {
        self.idle.len() + self.lent + self.permits + self.closing
    }

    /// Why a resource that comes in is to end, if it is (laws A2 and Z1).
    fn surplus(&self, resource: &T) -> Option<DiscardReason> {
        if self.closed {
            return Some(DiscardReason::PoolClosed);
        }
        if resource.generation() != self.generation {
            return Some(DiscardReason::Invalidated);
        }
        if resource.expires_at() <= self.now {
            return Some(DiscardReason::Expired);
        }
        (!self.is_settled()).then_some(DiscardReason::Surplus)
    }

    /// Whether a resource has been invalidated or has expired.
    #[inline]
    fn is_stale(&self, resource: &T) -> bool {
        resource.generation() != self.generation || resource.expires_at() <= self.now
    }

    /// Whether a permit may exist that does not exist yet (law A2, law F2).
    fn may_create(&self) -> bool {
        !(self.closed || self.suspended)
            && self.size() < self.settings.max_size
            && self.permits < self.settings.max_creating
            && (self.outage.is_none() || self.permits == 0)
    }

    /// Whether one more waiter would be one too many.
    fn is_overloaded(&self) -> bool {
        let without_create = (self.waiters.len() + 1).saturating_sub(self.permits);
        self.settings.max_waiting.is_some_and(|most| without_create > most) && !self.may_create()
    }

    /// Takes an idle resource for whoever asks first, unless the last of them are to be kept. One
    /// comparison on the hit path: nothing is idle, or `min_idle` lacks something, or the pool is
    /// suspended.
    #[inline]
    fn take(&mut self) -> Option<T> {
        let kept = if self.suspended { usize::MAX } else { self.settings.min_idle };
        if self.idle.len() <= kept {
            return None;
        }
        let resource = self.idle.take()?;
        self.lent += 1;
        Some(resource)
    }

    /// Takes an idle resource, the last of them included.
    fn lend_idle(&mut self) -> Option<T> {
        if self.suspended {
            return None;
        }
        let resource = self.idle.take()?;
        self.lent += 1;
        Some(resource)
    }

    /// Lends to a get that was waiting. Unless a check is due, it has ended.
    fn lend_waiting(&mut self, resource: T, fresh: bool) -> Lent<T> {
        let lent = self.lent(resource, fresh);
        if !lent.check_due {
            self.tally.end(GetOutcome::Served);
        }
        lent
    }

    #[inline]
    fn lent(&self, resource: T, fresh: bool) -> Lent<T> {
        let check_due = T::have_check()
            && !fresh
            && (self.settings.recycle_policy != RecyclePolicy::Never
                || resource.known_good_at() < self.suspicion);
        Lent { resource, fresh, check_due }
    }

    /// Ends up to `count` idle resources, those that have been idle longest.
    fn end_idle(&mut self, count: usize, reason: DiscardReason, effects: &mut Effects<T, E, W>) {
        let ended = self.idle.take_longest_idle(count).into_iter();
        effects.surplus.extend(ended.map(|resource| Surplus { resource, reason }));
        self.closing += effects.surplus.len();
    }

    fn expect_expiry(&mut self, resource: &T) {
        if resource.expires_at() != u64::MAX {
            self.expiries.push(Reverse(resource.expires_at()));
        }
    }

    fn permit(&self) -> Permit {
        Permit { not_before: self.outage.as_ref().map(|outage| outage.not_before) }
    }
}

/// A duration in ticks, for ever if it is longer than they count.
pub(crate) fn ticks(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
