//! The state machine and the naive model side by side, driven by the same events as the shell
//! drives it, and compared after each.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::model::{Id, Model, Sight};
use crate::state::{
    Dated, Effects, Entered, Failed, Grant, Key, Limits, Order, Polled, Refused, State, Verdict,
};
use crate::status::Status;

/// Something that happens to a pool. A number picks one of the things it can happen to.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Get,
    TryGet,
    Look(usize),
    Cancel(usize),
    Put(usize),
    Discard(usize),
    Detach(usize),
    FailCheck(usize),
    FailCheckSlowly(usize),
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
    Invalidate,
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

/// A resource's number tells its generation, too.
impl Dated for u32 {
    fn generation(&self) -> u64 {
        u64::from(self >> 24)
    }

    fn expires_at(&self) -> u64 {
        u64::MAX
    }

    fn idle_since(&mut self, now: u64) -> u64 {
        now
    }
}

#[derive(Debug)]
struct Waiter {
    id: Id,
    place: Option<Key>,
}

#[derive(Debug)]
pub(super) struct Trial {
    state: State<u32, u32, Id>,
    model: Model,
    waiters: Vec<Waiter>,
    creating: Vec<Creating>,
    lent: Vec<u32>,
    closing: usize,
    resetting: Vec<u32>,
    announcing: bool,
    now: Instant,
    next: u32,
    /// The size when it last was above the maximum: until it is not, it may only fall.
    over: Option<usize>,
    /// Every transition that was reached, by name.
    pub(super) reached: BTreeSet<&'static str>,
}

impl Trial {
    pub(super) fn new(limits: Limits, order: Order, now: Instant) -> Self {
        Self {
            state: State::new(limits, order),
            model: Model::new(limits, order),
            waiters: Vec::new(),
            creating: Vec::new(),
            lent: Vec::new(),
            closing: 0,
            resetting: Vec::new(),
            announcing: false,
            now,
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
            Event::Put(pick) => self.put(pick),
            Event::Discard(pick) => self.discard(pick),
            Event::Detach(pick) => self.detach(pick),
            Event::FailCheck(pick) => self.fail_check(pick, false),
            Event::FailCheckSlowly(pick) => self.fail_check(pick, true),
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
            Event::Resize(max_size) => self.resize(max_size),
            Event::Invalidate => self.invalidate(),
            Event::AskAbout => self.ask_about(),
            Event::Wait(millis) => self.now += Duration::from_millis(millis),
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
        for _ in 0..1000 {
            let under_way = self.creating.len() + self.lent.len() + self.resetting.len();
            if self.waiters.len() + under_way == 0 {
                break;
            }
            self.step(&Event::ResetOk(0));
            self.step(&Event::Tell);
            for pick in (0..self.waiters.len()).rev() {
                self.step(&Event::Look(pick));
            }
            self.step(&Event::CreateOk(0));
            self.step(&Event::Put(0));
            self.step(&Event::Gone);
        }
        while self.closing > 0 {
            self.step(&Event::Gone);
        }
        let status = self.state.status();
        let stranded = self.waiters.len();
        assert!(stranded == 0 || status.max_size == 0, "{stranded} stranded in {status}");
        assert_eq!(status.idle + self.waiters.len(), status.size + self.waiters.len());
    }

    fn get(&mut self) {
        let id = self.fresh();
        if let Some(resource) = self.model.take() {
            assert_eq!(self.state.take(), Some(resource));
            self.lent.push(resource);
            return;
        }
        assert_eq!(self.state.take(), None);
        let (entered, effects) = self.state.enter(id);
        if self.model.closed {
            assert!(matches!(entered, Entered::Refused(Verdict::Closed)));
            return self.settle(effects);
        }
        if let Entered::Refused(Verdict::Overloaded) = entered {
            self.reached.insert("overloaded");
            assert!(self.model.is_overloaded(), "there was a place to wait");
            return self.settle(effects);
        }
        assert!(!self.model.is_overloaded(), "one too many waits");
        let drives = self.model.enter(id);
        let place = match entered {
            Entered::Waits(key) if !drives => key,
            Entered::Drives(key, _) if drives => {
                self.begin_create(Some(id));
                key
            }
            other => panic!("entered as {other:?}; it drives: {drives}"),
        };
        self.waiters.push(Waiter { id, place: Some(place) });
        self.settle(effects);
    }

    fn try_get(&mut self) {
        let expected = self.model.take();
        assert_eq!(self.state.take(), expected);
        self.lent.extend(expected);
    }

    fn look(&mut self, pick: usize) {
        let Some(at) = pick_from(self.waiters.len(), pick) else { return };
        let id = self.waiters[at].id;
        let expected = self.model.look(id);
        let mut token = None;
        let place = &mut self.waiters[at].place;
        let polled = self.state.poll(place, &mut token, |&known| known == id).or_else(|| {
            token = Some(id);
            self.state.poll(place, &mut token, |&known| known == id)
        });
        let seen = match polled.expect("it has a token") {
            Polled::Granted(grant) => Sight::Granted(grant),
            Polled::Told(verdict) => Sight::Told(verdict),
            Polled::Drive(_) => Sight::Drive,
            Polled::Surplus => Sight::Surplus,
            Polled::Waits => Sight::Waits,
        };
        assert_eq!(seen, expected, "what waiter {id} sees");
        match seen {
            Sight::Granted(Grant { resource, .. }) => {
                self.reached.insert("granted");
                self.lent.push(resource);
                self.gone_away(at);
            }
            Sight::Told(verdict) => {
                self.reached.insert(match verdict {
                    Verdict::Failed(_) => "told failed",
                    Verdict::Closed => "told closed",
                    Verdict::Overloaded => unreachable!("who waits is not refused"),
                });
                self.gone_away(at);
            }
            Sight::Drive => self.begin_create(Some(id)),
            Sight::Surplus => {
                self.reached.insert("surplus permit");
                let effects = self.state.release_permit(self.waiters[at].place.as_ref());
                self.model.create_is_dropped(Some(id));
                self.settle(effects);
            }
            Sight::Waits => {}
        }
    }

    fn cancel(&mut self, pick: usize) {
        let Some(at) = pick_from(self.waiters.len(), pick) else { return };
        let id = self.waiters[at].id;
        let place = self.waiters[at].place.take().expect("a waiter has a place");
        let effects = self.state.leave(place);
        self.model.leave(id);
        self.gone_away(at);
        self.settle(effects);
    }

    fn put(&mut self, pick: usize) {
        let Some(resource) = self.lend_back(pick) else { return };
        self.model.deliver(Grant { resource, fresh: false });
        match self.state.put_idle(resource) {
            Ok(()) => assert_eq!(self.model.idle.back(), Some(&resource)),
            Err(resource) => {
                let effects = self.state.put(resource);
                self.settle(effects);
            }
        }
    }

    fn discard(&mut self, pick: usize) {
        if self.lend_back(pick).is_some() {
            self.state.retire();
            self.model.lent -= 1;
            self.model.closing += 1;
            self.closing += 1;
        }
    }

    fn detach(&mut self, pick: usize) {
        if self.lend_back(pick).is_some() {
            let effects = self.state.detach();
            self.model.lent -= 1;
            self.model.serve_room();
            self.settle(effects);
        }
    }

    fn reset(&mut self, pick: usize) {
        let Some(resource) = self.lend_back(pick) else { return };
        let surplus = self.model.is_surplus(resource);
        self.model.lent -= 1;
        self.model.closing += 1;
        if self.state.begin_reset(&resource) {
            assert!(!surplus);
            self.resetting.push(resource);
        } else {
            assert!(surplus);
            self.closing += 1;
        }
    }

    fn reset_ok(&mut self, pick: usize) {
        let Some(at) = pick_from(self.resetting.len(), pick) else { return };
        let resource = self.resetting.swap_remove(at);
        self.reached.insert("reset");
        self.model.closing -= 1;
        self.model.lent += 1;
        self.model.deliver(Grant { resource, fresh: false });
        let effects = self.state.returned(resource);
        self.settle(effects);
    }

    fn fail_check(&mut self, pick: usize, slowly: bool) {
        if self.lend_back(pick).is_none() {
            return;
        }
        let id = self.fresh();
        let (place, effects) = self.state.reenter(slowly);
        self.closing += usize::from(slowly);
        self.model.closing += usize::from(slowly);
        self.model.reenter(id);
        assert_eq!(place.is_none(), self.model.closed);
        if place.is_some() {
            self.waiters.push(Waiter { id, place });
        }
        self.settle(effects);
    }

    fn insert(&mut self) {
        let resource = self.fresh_of(self.model.generation);
        match self.state.insert(resource) {
            Ok(effects) => {
                assert!(self.model.size() < self.model.limits.max_size && !self.model.closed);
                self.model.lent += 1;
                self.model.deliver(Grant { resource, fresh: false });
                self.settle(effects);
            }
            Err(Refused::Closed(back)) => assert!(self.model.closed && back == resource),
            Err(Refused::Full(back)) => {
                assert!(self.model.size() >= self.model.limits.max_size && back == resource);
            }
        }
    }

    fn create_ok(&mut self, pick: usize) {
        let Some(Creating { driver, generation, .. }) = self.end_create(pick) else { return };
        let resource = self.fresh_of(generation);
        let place = place_of(&self.waiters, driver);
        let effects = self.state.created(resource, place);
        self.model.created(resource, driver);
        self.settle(effects);
    }

    fn create_fails(&mut self, pick: usize) {
        let Some(Creating { driver, begun, .. }) = self.end_create(pick) else { return };
        let failed = Failed { begun, now: self.now, chance: 0.5 };
        let cause = self.fresh();
        let place = place_of(&self.waiters, driver);
        let effects = self.state.create_failed(cause, place, failed);
        self.model.create_failed(cause, driver, failed);
        self.settle(effects);
    }

    fn create_is_dropped(&mut self, pick: usize) {
        let Some(Creating { driver, .. }) = self.end_create(pick) else { return };
        let effects = self.state.release_permit(place_of(&self.waiters, driver));
        self.model.create_is_dropped(driver);
        self.settle(effects);
    }

    fn gone(&mut self) {
        if self.closing > 0 {
            self.closing -= 1;
            let effects = self.state.gone();
            self.model.closing -= 1;
            self.model.serve_room();
            self.settle(effects);
        }
    }

    fn tell(&mut self) {
        while std::mem::take(&mut self.announcing) {
            let effects = self.state.tell();
            self.model.tell();
            self.settle(effects);
        }
    }

    fn fill(&mut self) {
        let lacks = self.model.lacks_minimum();
        assert_eq!(self.state.permit_to_fill().is_some(), lacks);
        if lacks {
            self.reached.insert("filled");
            self.model.permits += 1;
            self.begin_create(None);
        }
    }

    fn make_on_the_spot(&mut self) {
        if self.state.permit_on_the_spot().is_some() {
            assert!(self.model.queue.is_empty() && self.model.may_create());
            self.model.permits += 1;
            self.begin_create(None);
        }
    }

    fn resize(&mut self, max_size: usize) {
        let effects = self.state.resize(max_size);
        self.model.resize(max_size);
        self.settle(effects);
    }

    fn invalidate(&mut self) {
        let effects = self.state.invalidate();
        self.model.invalidate();
        self.settle(effects);
    }

    fn ask_about(&mut self) {
        let expected = self.model.take_longest_idle();
        assert_eq!(self.state.take_longest_idle(), expected);
        self.lent.extend(expected);
    }

    fn close(&mut self) {
        let effects = self.state.close();
        self.model.close();
        self.settle(effects);
    }

    /// Compares the effects with what the model did, and takes note of them.
    fn settle(&mut self, effects: Effects<u32, u32, Id>) {
        let woken: Vec<Id> = effects.wakes.into_iter().collect();
        assert_eq!(woken, std::mem::take(&mut self.model.woken), "who is woken");
        assert_eq!(effects.surplus, std::mem::take(&mut self.model.surplus), "what is surplus");
        assert!(!effects.fill || self.model.lacks_minimum(), "nothing is missing");
        self.closing += effects.surplus.len();
        self.announcing |= effects.announce;
    }

    fn compare(&mut self, event: &Event) {
        let status = self.state.status();
        assert_eq!(status, self.model.status(), "after {event:?}");
        assert_eq!(self.state.is_closed(), self.model.closed);
        // Law A3: what the trial holds is what the state says is lent.
        assert!(self.lent.len() <= status.in_use && self.creating.len() <= status.creating);
        // Law A2.
        if let Some(before) = self.over {
            assert!(status.size <= before || matches!(event, Event::Resize(_)), "grew while over");
        }
        self.over = (status.size > status.max_size).then_some(status.size);
        // Law W1.
        if status.waiting > 0 {
            let idle = status.idle > 0 && !self.model.undriven.is_empty();
            assert!(!idle, "somebody waits beside an idle resource and creates none");
            let need = status.waiting > status.creating;
            assert!(!need || !self.model.may_create(), "somebody waits beside room to create");
        }
    }

    fn lend_back(&mut self, pick: usize) -> Option<u32> {
        let at = pick_from(self.lent.len(), pick)?;
        Some(self.lent.swap_remove(at))
    }

    fn begin_create(&mut self, driver: Option<Id>) {
        let (generation, begun) = (self.model.generation, self.now);
        self.creating.push(Creating { driver, generation, begun });
    }

    /// Takes a create off the list.
    fn end_create(&mut self, pick: usize) -> Option<Creating> {
        let at = pick_from(self.creating.len(), pick)?;
        Some(self.creating.swap_remove(at))
    }

    /// A waiter is served or gone: the create it drove goes on without it.
    fn gone_away(&mut self, at: usize) {
        let id = self.waiters.swap_remove(at).id;
        for creating in &mut self.creating {
            creating.driver = creating.driver.filter(|&driver| driver != id);
        }
    }

    fn fresh_of(&mut self, generation: u64) -> u32 {
        let generation = u32::try_from(generation).expect("a short trial");
        self.fresh() | generation << 24
    }

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }
}

fn pick_from(len: usize, pick: usize) -> Option<usize> {
    (len > 0).then(|| pick % len)
}

fn place_of(waiters: &[Waiter], driver: Option<Id>) -> Option<&Key> {
    let driver = driver?;
    waiters.iter().find(|waiter| waiter.id == driver)?.place.as_ref()
}
