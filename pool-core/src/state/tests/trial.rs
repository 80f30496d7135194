//! The state machine and the naive model side by side, driven by the same events as the shell
//! drives it, and compared after each.

mod gets;
mod slots;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::model::{Id, Model, Thing};
use crate::settings::Order;
use crate::settings::Settings;
use crate::state::{Asker, Effects, Evicted, Key, Permit, Rest, Standing, State};
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
    /// A check is pending: it goes on in the executor, while its get waits; as the last, as it has just
    /// come.
    AwaitCheck(usize),
    /// The same of one that has been waiting: it is before those who have not.
    AwaitCheckAgain(usize),
    /// The same, of a `try_get`.
    LeaveCheck(usize),
    CheckPasses(usize),
    CheckFails(usize),
    CheckFailsSlowly(usize),
    CheckPanics(usize),
    CheckBreaksOff(usize),
    Sweep,
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
    /// The coarse clock goes on by so many milliseconds and is told.
    Reap(u64),
    AskAbout,
    Wait(u64),
    Close,
}

/// A create in flight, and the waiter that began it.
#[derive(Clone, Debug)]
pub(super) struct Creating {
    pub(super) asker: Option<Id>,
    permit: Permit,
    /// When it began.
    pub(super) generation: u64,
    begun: Instant,
}

/// A check in flight, and the waiter that began it.
#[derive(Clone, Debug)]
pub(super) struct Flying {
    pub(super) thing: Thing,
    pub(super) asker: Option<Id>,
    known_as: Option<Asker>,
}

#[derive(Clone, Debug)]
pub(super) struct Waiter {
    pub(super) id: Id,
    place: Option<Key>,
    deadline: Option<Instant>,
}

/// The wake token of whoever sweeps.
const SWEEPER: Id = Id::MAX;

#[derive(Clone, Debug)]
pub(super) struct Trial {
    state: State<Thing, u32, Id>,
    pub(super) model: Model,
    pub(super) waiters: Vec<Waiter>,
    pub(super) creating: Vec<Creating>,
    /// Lent to gets that have to check them.
    pub(super) checking: Vec<Thing>,
    /// In checks that go on without their borrower.
    pub(super) flying: Vec<Flying>,
    pub(super) lent: Vec<Thing>,
    pub(super) closing: usize,
    pub(super) resetting: Vec<Thing>,
    pub(super) announcing: bool,
    /// Somebody was asked to create what the minimum lacks, or nobody need be.
    pub(super) filling: bool,
    /// When somebody comes to sweep, if anybody does.
    pub(super) sweeping: Option<Sweeping>,
    now: Instant,
    tick: u64,
    numbers: Numbers,
    /// The size when it last was above the maximum: until it is not, it may only fall.
    over: Option<usize>,
    /// Every sight and every turn of interest that was reached, by name.
    pub(super) reached: BTreeSet<&'static str>,
    /// Every transition that was made, and what it did to the slots.
    pub(super) made: Vec<Made>,
    before: Status,
}

/// Somebody comes to sweep: soon, or when a deadline is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sweeping {
    Soon,
    Later,
}

/// How things are numbered: all differently or, so that there are not too many states, alike.
#[derive(Clone, Copy, Debug)]
pub(super) enum Numbers {
    All(u32),
    Few,
}

/// A transition of the state machine's, and by how much it changed the number of slots that are
/// idle, lent, permits and closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Made {
    pub(super) name: &'static str,
    pub(super) moved: [i8; 4],
}

impl Trial {
    pub(super) fn new(settings: Settings, order: Order, now: Instant, numbers: Numbers) -> Self {
        let state = State::new(settings, order);
        Self {
            before: state.status(),
            made: Vec::new(),
            state,
            model: Model::new(settings, order),
            waiters: Vec::new(),
            creating: Vec::new(),
            checking: Vec::new(),
            flying: Vec::new(),
            lent: Vec::new(),
            closing: 0,
            resetting: Vec::new(),
            announcing: false,
            // A pool starts no work until the first get.
            filling: true,
            sweeping: None,
            now,
            tick: 0,
            numbers,
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
            Event::AwaitCheck(pick) => self.await_check(pick, Standing::Last),
            Event::AwaitCheckAgain(pick) => self.await_check(pick, Standing::First),
            Event::LeaveCheck(pick) => self.leave_check(pick),
            Event::CheckPasses(pick) => self.check_passes(pick),
            Event::CheckFails(pick) => self.check_fails(pick, false),
            Event::CheckFailsSlowly(pick) => self.check_fails(pick, true),
            Event::CheckPanics(pick) => self.check_breaks_off(pick, true),
            Event::CheckBreaksOff(pick) => self.check_breaks_off(pick, false),
            Event::Sweep => self.sweep(),
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
            Event::MakeOnTheSpot => self.make_inline(),
            Event::Resize(max_size) => {
                self.reconfigure(Settings { max_size, ..self.model.settings });
            }
            Event::Retune(ref settings) => self.reconfigure(**settings),
            Event::Suspend => {
                self.state.suspend();
                self.note("suspend");
                self.model.suspended = true;
            }
            Event::Resume => self.resume(),
            Event::Invalidate => self.invalidate(),
            Event::Reap(millis) => {
                self.tick += millis;
                self.reap();
            }
            Event::AskAbout => self.ask_about(),
            Event::Wait(millis) => {
                self.now += Duration::from_millis(millis);
                self.tick += millis;
            }
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
            let lent = lent + self.flying.len();
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
            self.step(&Event::CheckPasses(0));
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
        let mut woken = Vec::new();
        let sweeping = &mut self.sweeping;
        effects.wakes.each(|id| match id {
            SWEEPER => *sweeping = Some(Sweeping::Soon),
            id => woken.push(id),
        });
        if effects.sweep {
            assert_eq!(self.sweeping.replace(Sweeping::Soon), None, "two sweep");
        }
        assert_eq!(woken, std::mem::take(&mut self.model.woken), "who is woken");
        let evicted: Vec<_> = effects
            .evicted
            .into_iter()
            .map(|Evicted { resource, reason }| (resource, reason))
            .collect();
        assert_eq!(evicted, std::mem::take(&mut self.model.evicted), "what is evicted");
        assert!(!effects.fill || self.model.lacks_minimum(), "nothing is missing");
        self.closing += evicted.len();
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
        self.compare_chains();
        // Law A3: what the trial holds is what the state says is lent.
        let lent = self.lent.len() + self.checking.len() + self.flying.len();
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
            let need = self.model.is_supply_short();
            assert!(!need || status.idle == 0, "somebody waits beside an idle resource");
            assert!(!need || !self.model.may_create(), "somebody waits beside room to create");
        }
        // Law G2: somebody comes as long as anything may have to be taken back, and in time.
        match self.model.rest() {
            None => {}
            Some(Rest::For(_)) => assert_eq!(self.sweeping, Some(Sweeping::Soon), "{event:?}"),
            Some(Rest::Until(_)) => assert!(self.sweeping.is_some(), "nobody sweeps: {event:?}"),
        }
        // The minimum is kept up. What is closing is missed when it is gone.
        let is_missed = self.model.lacks_minimum() && status.closing == 0;
        assert!(self.filling || !is_missed, "nobody was asked to fill after {event:?}");
    }

    /// The queue of waiters, node by node.
    fn compare_chains(&self) {
        let chains = self.state.waiters.chains();
        let ids = |keys: &[Key]| -> Vec<Id> {
            keys.iter()
                .map(|key| {
                    let is_at = |waiter: &&Waiter| waiter.place.as_ref() == Some(key);
                    self.waiters.iter().find(is_at).expect("every place is somebody's").id
                })
                .collect()
        };
        let given: Vec<_> = (chains.given.iter())
            .map(|(key, rounds, is_permit)| {
                (ids(std::slice::from_ref(key))[0], *rounds, *is_permit)
            })
            .collect();
        let expected: Vec<_> = (self.model.given.iter())
            .map(|&(id, since)| (id, self.model.round - since, self.model.entrusted.contains(&id)))
            .collect();
        assert_eq!(given, expected, "what was given and not fetched");
        let sorted = |keys: &[Key]| -> BTreeSet<Id> { ids(keys).into_iter().collect() };
        assert_eq!(self.model.queue, ids(&chains.queue), "the queue");
        assert_eq!(self.model.unasked, ids(&chains.unasked), "for whom nothing is in flight");
        assert_eq!(self.model.to_tell, ids(&chains.told), "who is to be told");
        assert_eq!(sorted(&chains.with_token), self.model.asleep, "who can be woken");
    }

    /// Takes note of a transition that has been made.
    fn note(&mut self, name: &'static str) {
        let after = self.state.status();
        let moved = |of: fn(&Status) -> usize| {
            i8::try_from(of(&after).cast_signed() - of(&self.before).cast_signed())
                .expect("a small pool")
        };
        let moved = [
            moved(|status| status.idle),
            moved(|status| status.in_use),
            moved(|status| status.creating),
            moved(|status| status.closing),
        ];
        self.made.push(Made { name, moved });
        self.before = after;
    }

    fn fresh_waiter(&mut self) -> Id {
        match &mut self.numbers {
            Numbers::All(_) => self.fresh(),
            Numbers::Few => (0..Id::MAX)
                .find(|id| self.waiters.iter().all(|waiter| waiter.id != *id))
                .expect("there are few waiters"),
        }
    }

    fn fresh(&mut self) -> u32 {
        match &mut self.numbers {
            Numbers::All(next) => {
                *next += 1;
                *next
            }
            Numbers::Few => 0,
        }
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
