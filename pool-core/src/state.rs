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
//! | [`enter`](State::enter) | – ; – → permit | the caller becomes the last waiter, or the first again |
//! | [`reenter`](State::reenter) | lent → – or closing; – → permit | a failed check: the caller becomes the first waiter |
//! | [`poll`](State::poll) | – | the waiter, if it was granted, entrusted or told something |
//! | [`leave`](State::leave) | lent → lent, idle or closing | the next waiter, if it was granted something |
//! | [`sweep`](State::sweep) | lent → lent, idle or closing | the next waiter, by what was not fetched |
//! | [`put`](State::put) | lent → lent, idle or closing | the oldest waiter |
//! | [`insert`](State::insert) | – → lent or idle | the oldest waiter |
//! | [`created`](State::created) | permit → lent, idle or closing | the oldest waiter; ends an outage |
//! | [`create_failed`](State::create_failed) | permit → – | tells whom law F1 names |
//! | [`release_permit`](State::release_permit) | permit → – | a permit that was not used |
//! | [`create_broke_off`](State::create_broke_off) | permit → – | a create that came to nothing |
//! | [`permit_to_fill`](State::permit_to_fill) | – → permit | the minimum |
//! | [`permit_inline`](State::permit_inline) | – → permit | the caller |
//! | [`await_check`](State::await_check) | lent → lent | the caller becomes the first waiter |
//! | [`leave_check`](State::leave_check) | lent → lent | |
//! | [`check_passed`](State::check_passed) | lent → lent, idle or closing | the oldest waiter |
//! | [`check_failed`](State::check_failed) | lent → – or closing; – → permit | room to create |
//! | [`check_broke_off`](State::check_broke_off) | lent → lent; – → permit | the waiters that it leaves without supply |
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
//! | [`close`](State::close) | idle → closing; lent → closing | tells all waiters |
//! | [`tell`](State::tell) | – | carries the telling on, a chunk at a time |
//!
//! # Creating
//!
//! A permit exists only while more waiters than creates and checks in flight exist or the minimum
//! lacks something, the size is below the maximum and fewer than `max_creating` permits exist; while
//! creates fail, at most one (`may_create`). It goes to the oldest waiter for whom no create is in
//! flight, in the transition that made the room. That waiter only begins the create. Creates and
//! checks are anonymous: what comes of them goes to the oldest waiter, whoever asked for them.
//!
//! # Who does not look
//!
//! No transition waits for a waiter to look. What was given to one and not fetched is taken back by
//! `sweep` and goes on; that waiter is out of the queue until it looks, and then the first.

mod check;
mod create;
mod give;
mod idle;
mod lend;
mod outage;
mod outcome;
mod rules;
mod serve;
mod sweep;
mod tally;
#[cfg(test)]
mod tests;
#[cfg(all(fuzzing, not(test)))]
#[path = "state/tests"]
#[expect(dead_code, reason = "some of the trial is for the tests alone")]
pub(crate) mod tests {
    pub(crate) mod fuzz;
    mod model;
    mod trial;
}
mod waiters;
mod whole;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use slab::Slab;

use self::idle::Idle;
use self::outage::Outage;
use self::tally::Tally;
use self::waiters::Waiters;
use crate::counters::Counters;
use crate::settings::{Order, Settings};
use crate::status::Status;

pub(crate) use self::outage::Failed;
pub(crate) use self::outcome::{
    Asker, Born, Effects, Entered, Evicted, Key, Lent, Permit, Polled, Refused, Rest, Stamp,
    Standing, Verdict,
};
pub(crate) use self::waiters::Role;

#[derive(Clone, Debug)]
pub(crate) struct State<T, E, W> {
    /// Law W1: empty while anybody waits for whom nothing is in flight.
    idle: Idle<T>,
    waiters: Waiters<T, E, W>,
    lent: usize,
    /// So many of the lent ones are in a check that goes on without its borrower.
    checking: usize,
    /// At least one for each waiter that was given the right to a create or has begun one.
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
    /// Raised by `invalidate`: a resource of an earlier one is evicted wherever it comes in.
    generation: u64,
    /// How many checks have failed. A resource that was last known good at a lower count is
    /// suspect (law F3).
    failed_checks: u64,
    /// How many resources were taken in, to number them.
    made: u64,
    /// The coarse clock (law S3): told by `reap`, at the exact moments when something expires.
    now: u64,
    /// When resources expire, those included that have gone before their time.
    expiries: BinaryHeap<Reverse<u64>>,
    maintenance: Maintenance,
    /// Whether somebody looks after what was given and not fetched.
    sweeper: Sweeper<W>,
    /// Law Z1: while set, nothing is idle and nobody waits.
    closed: bool,
    /// Those who wait for the pool to change rather than for a resource.
    watchers: Slab<Watcher<E, W>>,
    /// Creates and checks in flight, to be woken when nobody can use them any more (law G4).
    flights: Slab<Option<W>>,
}

/// Whether somebody is told the time whenever something expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Maintenance {
    /// Nobody, and nothing expires.
    None,
    AtWork,
    /// Nobody any more, although something expires: nothing is lent on the hit path.
    Lost,
}

/// Somebody who waits for the pool to change.
#[derive(Clone, Debug)]
struct Watcher<E, W> {
    token: Option<W>,
    /// It wants to know of each create that fails.
    listens: bool,
    /// The first that has failed since it listens, until it takes it.
    failure: Option<E>,
}

/// Whether somebody looks after what was given and not fetched (law G2).
#[derive(Clone, Debug)]
enum Sweeper<W> {
    /// Nobody: nothing has been given since there was nothing to look after.
    Off,
    /// It comes again by itself, soon.
    Soon,
    /// It comes again when a deadline is over, or is woken when somebody waits.
    Later(Option<W>),
    /// Nobody can, as the executor has no timer.
    Unable,
}

/// What the state machine must know of a resource. Times are ticks: milliseconds of the pool's
/// life, as a coarse clock is told them.
pub(crate) trait Dated {
    /// Whether resources of this kind may have to be checked before they are lent again.
    fn have_check() -> bool;
    /// Marks it when the pool takes it in.
    fn stamp(&mut self, stamp: Stamp);
    /// How many checks had failed when it was last known good.
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
            checking: 0,
            permits: 0,
            closing: 0,
            settings,
            tally: Tally::default(),
            suspended: false,
            outage: None,
            verdict: None,
            generation: 0,
            failed_checks: 0,
            made: 0,
            now: 0,
            expiries: BinaryHeap::new(),
            maintenance: Maintenance::None,
            sweeper: Sweeper::Off,
            closed: false,
            watchers: Slab::new(),
            flights: Slab::new(),
        }
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
            suspended: self.suspended,
        }
    }

    pub(crate) fn counters(&self) -> Counters {
        self.tally.counters(self.size() - self.permits)
    }

    #[inline]
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A check has failed: whatever was last known good before is suspect.
    pub(crate) fn suspect(&mut self) {
        self.failed_checks += 1;
    }

    pub(crate) fn failed_checks(&self) -> u64 {
        self.failed_checks
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

    /// The size when all that is closing is gone.
    fn will_be(&self) -> usize {
        self.size() - self.closing
    }

    /// Law A1: each slot is in exactly one state, so their sum is the size.
    fn size(&self) -> usize {
        self.idle.len() + self.lent + self.permits + self.closing
    }
}
