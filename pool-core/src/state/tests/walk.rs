//! A long random walk through pools larger than the exhaustive one can visit, without the naive
//! model, so that it is fast: after each step the laws are asserted of what a small environment
//! knows by itself. It knows who waits and in which order, what it was lent, and what it creates,
//! resets and ends.
//!
//! Only who was woken looks, so a lost wake-up strands its waiter. From time to time everything is
//! brought to its end: nobody may be left behind, and no slot be lost.

mod events;
mod gets;
mod laws;
mod slots;

use std::time::{Duration, Instant};

use fastrand::Rng;

use self::events::{EVENTS, Event};
use self::laws::Step;
use super::model::Thing;
use super::start;
use crate::counters::Counters;
use crate::event::GetOutcome;
use crate::settings::Order;
use crate::settings::Settings;
use crate::state::waiters::Role;
use crate::state::{Asker, Key, Permit, State};
use crate::status::Status;

/// A waiter's name, and its wake token.
type Id = u32;

/// The wake token of the one who watches the pool.
const WATCHER: Id = Id::MAX;

/// The wake token of the one who sweeps.
const SWEEPER: Id = Id::MAX - 1;

/// What the default is.
const PATIENCE: Option<Duration> = Some(Duration::from_millis(10));

/// Hardly more than this wait at any time.
const MOST_WAITERS: usize = 16;

/// After so many steps everything is brought to its end.
const STEPS_TO_DRAIN: u64 = 10_000;

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is what one transition changes")]
struct Walk {
    state: State<Thing, u32, Id>,
    random: Rng,
    settings: Settings,
    /// In the order of the queue. Those who are served or to be told stand where they stood.
    waiters: Vec<Waiter>,
    /// While so many wait, nobody comes: few leave something idle.
    crowd: usize,
    creating: Vec<Creating>,
    /// Lent to gets that have to check them.
    checking: Vec<Thing>,
    /// In checks that go on without their borrower.
    flying: Vec<Flying>,
    lent: Vec<Thing>,
    resetting: Vec<Thing>,
    closing: usize,
    /// What the pool holds: idle, or granted and not fetched (law A3).
    inside: Vec<Thing>,
    announcing: bool,
    /// Somebody looks at the clock.
    is_maintained: bool,
    /// Somebody comes to sweep.
    sweeping: bool,
    /// Only when a deadline is over, or when he is woken.
    sweeps_later: bool,
    /// Somebody was asked to create what the minimum lacks, or nobody need be.
    filling: bool,
    closed: bool,
    suspended: bool,
    outage: bool,
    failed_at: Instant,
    generation: u64,
    failed_checks: u64,
    now: Instant,
    /// Goes on with each step, sometimes.
    tick: u64,
    /// The tick that the pool was told last.
    told_tick: u64,
    counted: Counters,
    next: u32,
    watcher: usize,
    /// The last event, and how many have done something, in earlier pools as well.
    event: Event,
    steps: u64,
    step: Step,
    before: Status,
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each changes by itself")]
struct Waiter {
    id: Id,
    key: Option<Key>,
    stands: Stands,
    role: Role,
    /// Its wake token is with the pool.
    has_token: bool,
    /// It was woken, or runs for another reason: it is going to look.
    is_up: bool,
    /// It is never polled again.
    is_frozen: bool,
    deadline: Option<Instant>,
    /// Its check failed, or its create ended beside it: it is given the right to the next create
    /// before others.
    goes_first: bool,
    /// It had to leave the queue and came back.
    in_front: bool,
}

/// Where a waiter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Queued,
    ToBeTold,
    Granted,
    Told,
    /// What it was given was taken back.
    Absent,
}

#[derive(Debug)]
struct Creating {
    asker: Option<Id>,
    permit: Permit,
    generation: u64,
    begun: Instant,
}

#[derive(Debug)]
struct Flying {
    thing: Thing,
    asker: Option<Id>,
    known_as: Option<Asker>,
}

impl Walk {
    fn new(mut random: Rng, now: Instant, steps: u64) -> Self {
        let settings = events::any_settings(&mut random);
        let order = if random.bool() { Order::Fifo } else { Order::Lifo };
        let mut state = State::new(settings, order);
        let watcher = state.watch(WATCHER, false);
        Self {
            before: state.status(),
            counted: state.counters(),
            state,
            crowd: events::any_crowd(&mut random),
            random,
            settings,
            waiters: Vec::new(),
            creating: Vec::new(),
            checking: Vec::new(),
            flying: Vec::new(),
            lent: Vec::new(),
            resetting: Vec::new(),
            closing: 0,
            inside: Vec::new(),
            announcing: false,
            is_maintained: false,
            sweeping: false,
            sweeps_later: false,
            // A pool starts no work until the first get.
            filling: true,
            closed: false,
            suspended: false,
            outage: false,
            failed_at: now,
            generation: 0,
            failed_checks: 0,
            now,
            tick: 0,
            told_tick: 0,
            next: 0,
            watcher,
            step: Step::default(),
            event: Event::Get,
            steps,
        }
    }

    /// Lets an event happen, if there is what it can happen to, and holds the pool against the laws.
    fn step(&mut self, event: Event) -> bool {
        self.step = Step::default();
        self.event = event;
        let happened = self.happen(event).is_some();
        if happened {
            self.steps += 1;
            self.assert_laws();
        }
        happened
    }

    /// Everything that was lent is returned, everything in flight ends, and whoever is woken looks,
    /// but for those who are frozen: then nobody may be left behind (laws W1, W2, G2), and no slot be
    /// lost (law A1).
    fn drain(&mut self) {
        self.step(Event::Resume);
        if self.settings.max_size == 0 {
            self.reconfigure(Settings { max_size: 1, ..self.settings });
            self.assert_laws();
        }
        // Otherwise what is given stays where it is, as long as its get has time.
        if self.settings.patience.is_none() {
            self.reconfigure(Settings { patience: PATIENCE, ..self.settings });
            self.assert_laws();
        }
        self.run_out();
        let is_live = |waiter: &Waiter| !waiter.is_frozen;
        let status = self.state.status();
        let stranded: Vec<_> = self.waiters.iter().filter(|waiter| is_live(waiter)).collect();
        assert!(stranded.is_empty(), "stranded in {status}: {stranded:?}");
        // Whoever is frozen is dropped in the end.
        while let Some(at) = self.waiters.len().checked_sub(1) {
            self.step = Step::default();
            self.leave_at(at, GetOutcome::Cancelled);
            self.assert_laws();
        }
        self.run_out();
        let status = self.state.status();
        assert_eq!(status.idle, status.size, "a slot is lost in {status}");
        assert!(!self.closed || status.size == 0, "a closed pool keeps {status}");
    }

    fn run_out(&mut self) {
        let ends = [
            Event::Tell,
            Event::CreateOk,
            Event::PassCheck,
            Event::CheckPasses,
            Event::ResetOk,
            Event::Put,
            Event::Gone,
            Event::LookAwake,
        ];
        // Some rounds after the last that did anything: what they give may be frozen as well.
        let mut quiet = 0;
        while quiet < 4 * (self.waiters.len() + 1) {
            let mut has_moved = false;
            for event in ends {
                has_moved |= self.step(event);
            }
            quiet = if has_moved { 0 } else { quiet + 1 };
            self.step(Event::Sweep);
        }
    }

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    fn pick<O>(&mut self, list: fn(&mut Self) -> &mut Vec<O>) -> Option<O> {
        let len = list(self).len();
        let at = (len > 0).then(|| self.random.usize(..len))?;
        Some(list(self).swap_remove(at))
    }

    fn position(&self, id: Id) -> Option<usize> {
        self.waiters.iter().position(|waiter| waiter.id == id)
    }
}

/// Where the walk was when a law was broken: it is seeded, so that it comes there again.
impl Drop for Walk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{:?}, step {}, after {}", self.event, self.steps, self.before);
        }
    }
}

#[test]
fn a_long_random_walk_keeps_every_law() {
    let steps = steps();
    let mut happened = [0_u64; EVENTS.len()];
    let (mut drawn, mut pools, mut drain_at) = (0_u64, 0_u64, STEPS_TO_DRAIN);
    let mut walk = Walk::new(Rng::with_seed(0), start(), 0);
    while walk.steps < steps {
        let event = events::draw(&mut walk.random);
        drawn += 1;
        if !walk.step(event) {
            continue;
        }
        happened[event as usize] += 1;
        let is_over = walk.closed && walk.random.u8(..64) == 0;
        if is_over || walk.steps >= drain_at {
            walk.drain();
            pools += 1;
            drain_at = walk.steps + STEPS_TO_DRAIN;
            walk = Walk::new(walk.random.fork(), walk.now, walk.steps);
        }
    }
    walk.drain();
    println!(
        "{} steps through {pools} pools; of {drawn} events so many did something:",
        walk.steps
    );
    for (event, happened) in EVENTS.iter().zip(happened) {
        println!("{happened:12} {event:?}");
        assert!(happened > 0, "{event:?} never did anything");
    }
}

/// How many steps are walked; a nightly run asks for more.
fn steps() -> u64 {
    std::env::var("POOL_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(1_000_000)
}
