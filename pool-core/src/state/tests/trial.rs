//! The state machine and the naive model side by side, driven by the same events as the shell
//! drives it, and compared after each.

mod gets;
mod slots;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::model::{Id, Model, Thing};
use crate::settings::Settings;
use crate::state::{Effects, Key, Order, State, Surplus};
use crate::status::Status;

/// Something that happens to a pool. A number picks one of the things it can happen to.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Get,
    TryGet,
    Look(usize),
    Cancel(usize),
    TimeOut(usize),
    PassCheck(usize),
    FailCheck(usize),
    FailCheckSlowly(usize),
    CancelCheck(usize),
    Put(usize),
    Discard(usize),
    Detach(usize),
    Reset(usize),
    ResetOk(usize),
    Insert,
    CreateOk(usize),
    CreateFails(usize),
    CreateIsDropped(usize),
    Gone,
    Tell,
    Fill,
    MakeOnTheSpot,
    Resize(usize),
    Retune(Box<Settings>),
    Suspend,
    Resume,
    Invalidate,
    /// After so many milliseconds.
    Reap(u64),
    AskAbout,
    Wait(u64),
    Close,
}

/// A create under way, and the waiter that drives it.
#[derive(Debug)]
struct Creating {
    driver: Option<Id>,
    /// When it began.
    generation: u64,
    begun: Instant,
}

#[derive(Debug)]
struct Waiter {
    id: Id,
    place: Option<Key>,
}

#[derive(Debug)]
pub(super) struct Trial {
    state: State<Thing, u32, Id>,
    model: Model,
    waiters: Vec<Waiter>,
    creating: Vec<Creating>,
    /// Lent to gets that have to check them.
    checking: Vec<Thing>,
    lent: Vec<Thing>,
    closing: usize,
    resetting: Vec<Thing>,
    announcing: bool,
    /// Somebody was asked to create what the minimum lacks, or nobody need be.
    filling: bool,
    now: Instant,
    tick: u64,
    next: u32,
    /// The size when it last was above the maximum: until it is not, it may only fall.
    over: Option<usize>,
    /// Every sight and every turn of interest that was reached, by name.
    pub(super) reached: BTreeSet<&'static str>,
}

impl Trial {
    pub(super) fn new(settings: Settings, order: Order, now: Instant) -> Self {
        Self {
            state: State::new(settings, order),
            model: Model::new(settings, order),
            waiters: Vec::new(),
            creating: Vec::new(),
            checking: Vec::new(),
            lent: Vec::new(),
            closing: 0,
            resetting: Vec::new(),
            announcing: false,
            // A pool starts no work until the first get.
            filling: true,
            now,
            tick: 0,
            next: 0,
            over: None,
            reached: BTreeSet::new(),
        }
    }

    /// Lets one event happen to both, and compares.
    pub(super) fn step(&mut self, event: &Event) {
        match *event {
            Event::Get => self.get(),
            Event::TryGet => self.try_get(),
            Event::Look(pick) => self.look(pick),
            Event::Cancel(pick) => self.cancel(pick),
            Event::TimeOut(pick) => self.time_out(pick),
            Event::PassCheck(pick) => self.pass_check(pick),
            Event::FailCheck(pick) => self.fail_check(pick, false),
            Event::FailCheckSlowly(pick) => self.fail_check(pick, true),
            Event::CancelCheck(pick) => self.cancel_check(pick),
            Event::Put(pick) => self.put(pick),
            Event::Discard(pick) => self.discard(pick),
            Event::Detach(pick) => self.detach(pick),
            Event::Reset(pick) => self.reset(pick),
            Event::ResetOk(pick) => self.reset_ok(pick),
            Event::Insert => self.insert(),
            Event::CreateOk(pick) => self.create_ok(pick),
            Event::CreateFails(pick) => self.create_fails(pick),
            Event::CreateIsDropped(pick) => self.create_is_dropped(pick),
            Event::Gone => self.gone(),
            Event::Tell => self.tell(),
            Event::Fill => self.fill(),
            Event::MakeOnTheSpot => self.make_on_the_spot(),
            Event::Resize(max_size) => {
                self.reconfigure(Settings { max_size, ..self.model.settings });
            }
            Event::Retune(ref settings) => self.reconfigure(**settings),
            Event::Suspend => {
                self.state.suspend();
                self.model.suspended = true;
            }
            Event::Resume => self.resume(),
            Event::Invalidate => self.invalidate(),
            Event::Reap(millis) => {
                self.wait(millis);
                self.reap();
            }
            Event::AskAbout => self.ask_about(),
            Event::Wait(millis) => self.wait(millis),
            Event::Close => self.close(),
        }
        self.compare(event);
    }

    pub(super) fn status(&self) -> Status {
        self.state.status()
    }

    /// Everybody looks, everything that was lent is returned, everything under way ends: then
    /// nobody may be left behind (laws W1, W2), and no slot be lost (law A1).
    pub(super) fn finish(&mut self) {
        self.step(&Event::Resume);
        for _ in 0..1000 {
            let lent = self.lent.len() + self.checking.len() + self.resetting.len();
            if self.waiters.len() + self.creating.len() + lent == 0 {
                break;
            }
            self.step(&Event::ResetOk(0));
            self.step(&Event::Tell);
            for pick in (0..self.waiters.len()).rev() {
                self.step(&Event::Look(pick));
            }
            self.step(&Event::CreateOk(0));
            self.step(&Event::PassCheck(0));
            self.step(&Event::Put(0));
            self.step(&Event::Gone);
        }
        while self.closing > 0 {
            self.step(&Event::Gone);
        }
        let status = self.state.status();
        let stranded = self.waiters.len();
        assert!(stranded == 0 || status.max_size == 0, "{stranded} stranded in {status}");
        assert_eq!(status.idle, status.size, "a slot is lost in {status}");
    }

    /// Compares the effects with what the model did, and takes note of them.
    fn settle(&mut self, effects: Effects<Thing, u32, Id>) {
        let woken: Vec<Id> = effects.wakes.into_iter().collect();
        assert_eq!(woken, std::mem::take(&mut self.model.woken), "who is woken");
        let surplus: Vec<_> = effects
            .surplus
            .into_iter()
            .map(|Surplus { resource, reason }| (resource, reason))
            .collect();
        assert_eq!(surplus, std::mem::take(&mut self.model.surplus), "what is surplus");
        assert!(!effects.fill || self.model.lacks_minimum(), "nothing is missing");
        self.closing += surplus.len();
        self.announcing |= effects.announce;
        self.filling |= effects.fill;
    }

    fn compare(&mut self, event: &Event) {
        let status = self.state.status();
        // Every get that has begun and not ended is a waiter's or a checker's.
        let waiting = self.waiters.len() + self.checking.len();
        assert_eq!(status, self.model.status(waiting), "after {event:?}");
        assert_eq!(self.state.counters(), self.model.counters(waiting), "after {event:?}");
        assert_eq!(self.state.is_closed(), self.model.closed);
        // Law A3: what the trial holds is what the state says is lent.
        let lent = self.lent.len() + self.checking.len();
        assert!(lent <= status.in_use && self.creating.len() <= status.creating);
        // Law A2.
        if let Some(before) = self.over {
            let may_grow = matches!(event, Event::Resize(_) | Event::Retune(_));
            assert!(status.size <= before || may_grow, "grew while over");
        }
        self.over = (status.size > status.max_size).then_some(status.size);
        // Law W1.
        let queued = self.model.queue.len();
        if queued > 0 && !self.model.suspended {
            let idle = status.idle > 0 && !self.model.undriven.is_empty();
            assert!(!idle, "somebody waits beside an idle resource and creates none");
            let need = queued > status.creating;
            assert!(!need || !self.model.may_create(), "somebody waits beside room to create");
        }
        // The minimum is kept up. What is closing is missed when it is gone.
        let is_missed = self.model.lacks_minimum() && status.closing == 0;
        assert!(self.filling || !is_missed, "nobody was asked to fill after {event:?}");
    }

    fn wait(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
        self.tick += millis;
    }

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }
}

/// Takes one of a list.
fn take_from<T>(list: &mut Vec<T>, pick: usize) -> Option<T> {
    let at = pick_from(list.len(), pick)?;
    Some(list.swap_remove(at))
}

fn pick_from(len: usize, pick: usize) -> Option<usize> {
    (len > 0).then(|| pick % len)
}
