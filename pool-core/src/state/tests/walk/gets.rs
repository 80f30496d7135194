//! What gets do: enter, look, leave, check.

use std::time::{Duration, Instant};

use super::{Creating, Flying, SWEEPER, Stands, Thing, Waiter, Walk};
use crate::event::GetOutcome;
use crate::settings::RecyclePolicy;
use crate::state::{Effects, Entered, Key, Lent, Permit, Polled, Rest, Role, Standing, Verdict};

impl Walk {
    pub(super) fn get(&mut self) -> Option<()> {
        (self.waiters.len() < self.crowd).then_some(())?;
        self.counted.started += 1;
        let is_unattended = self.state.is_unattended();
        let begun = self.state.begin();
        assert!(!(is_unattended && begun.is_some()), "what may be too old was lent");
        if let Some(lent) = begun {
            self.take_idle(&lent.resource);
            self.hold(&lent);
            return Some(());
        }
        let id = self.fresh();
        let time = Duration::from_millis(self.random.u64(1..400));
        let deadline = self.random.bool().then(|| self.now + time);
        let is_full = self.is_overloaded();
        self.enter(id, deadline, Standing::Last, is_full);
        Some(())
    }

    fn enter(&mut self, id: u32, deadline: Option<Instant>, standing: Standing, is_full: bool) {
        let is_unattended = self.state.is_unattended();
        let (mut entered, mut effects) = self.state.enter(id, deadline, standing, false);
        if matches!(entered, Entered::Unattended) {
            self.forget_outage();
            let attended = self.state.attend(self.now);
            self.settle(attended);
            let is_due = is_unattended && self.settings.limits_age();
            assert!(self.is_maintained || !is_due, "nobody looks at the clock");
            (entered, effects) = self.state.enter(id, deadline, standing, true);
        }
        if standing == Standing::First {
            self.put_first_who_was_taken_from();
        }
        let at = self.stands_at(standing);
        let goes_first = standing == Standing::First;
        let in_front = goes_first;
        let waiter = |key| Waiter { deadline, goes_first, in_front, ..Waiter::new(id, Some(key)) };
        match entered {
            Entered::Lent(lent) => {
                // It was idle, or was given to a later one that has not fetched it.
                self.take_out(&lent.resource);
                self.hold(&lent);
            }
            Entered::Refused(verdict) => {
                assert_eq!(verdict == Verdict::Closed, self.closed);
                assert!(self.closed || is_full, "there was a place to wait");
                self.end(GetOutcome::Failed);
            }
            Entered::Unattended => unreachable!("somebody looks at the clock again"),
            Entered::Waits(key) => {
                assert!(!is_full, "one too many waits");
                self.waiters.insert(at, Waiter { has_token: true, ..waiter(key) });
            }
            Entered::Creates(key, permit) => {
                let asker = Waiter { role: Role::Creating, is_up: true, ..waiter(key) };
                self.waiters.insert(at, asker);
                self.begin_create(Some(id), permit);
            }
        }
        self.settle(effects);
    }

    /// Where somebody stands: as the last, or behind those who came back before.
    pub(super) fn stands_at(&self, standing: Standing) -> usize {
        let is_in_front = |waiter: &Waiter| waiter.in_front && waiter.stands == Stands::Queued;
        match standing {
            Standing::Last => self.waiters.len(),
            Standing::First => self.waiters.iter().rposition(is_in_front).map_or(0, |at| at + 1),
        }
    }

    pub(super) fn try_get(&mut self) {
        self.counted.tried += 1;
        let mut given = self.state.try_begin();
        if given.is_none() {
            let (reserved, effects) = self.state.lend_reserved();
            given = reserved;
            self.settle(effects);
        }
        if let Some(thing) = given {
            self.take_idle(&thing);
            self.lent.push(thing);
        } else {
            self.counted.refused += 1;
            self.state.refuse();
        }
    }

    /// One who was woken looks, or one who was not.
    pub(super) fn look(&mut self, is_up: bool) -> Option<()> {
        let from = self.random.usize(..self.waiters.len().max(1));
        let (before, after) = self.waiters.split_at(from.min(self.waiters.len()));
        let mut others = after.iter().chain(before);
        let offset = others.position(|waiter| waiter.is_up == is_up && !waiter.is_frozen)?;
        let at = (from + offset) % self.waiters.len();
        let polled = self.poll(at);
        self.see(at, polled);
        Some(())
    }

    pub(super) fn cancel(&mut self) -> Option<()> {
        self.leave(GetOutcome::Cancelled)
    }

    pub(super) fn time_out(&mut self) -> Option<()> {
        self.leave(GetOutcome::TimedOut)
    }

    pub(super) fn pass_check(&mut self) -> Option<()> {
        let mut thing = self.pick(|walk| &mut walk.checking)?;
        thing.known_good_at = self.failed_checks;
        self.end(GetOutcome::Served);
        self.lent.push(thing);
        Some(())
    }

    pub(super) fn fail_check(&mut self) -> Option<()> {
        self.pick(|walk| &mut walk.checking)?;
        let slowly = self.unfit();
        let (key, effects) = self.state.reenter(slowly, None);
        assert_eq!(key.is_none(), self.closed);
        if key.is_some() {
            let id = self.fresh();
            let waiter =
                Waiter { is_up: true, goes_first: true, in_front: true, ..Waiter::new(id, key) };
            let at = self.stands_at(Standing::First);
            self.waiters.insert(at, waiter);
        } else {
            self.end(GetOutcome::Failed);
        }
        self.settle(effects);
        Some(())
    }

    /// A check has failed; whether its resource says goodbye first.
    fn unfit(&mut self) -> bool {
        self.state.suspect();
        self.failed_checks += 1;
        let slowly = self.random.bool();
        self.closing += usize::from(slowly);
        self.counted.ended += u64::from(!slowly);
        slowly
    }

    pub(super) fn await_check(&mut self) -> Option<()> {
        let thing = self.pick(|walk| &mut walk.checking)?;
        let standing = if self.random.bool() { Standing::First } else { Standing::Last };
        let (place, effects) = self.state.await_check(None, standing);
        assert_eq!(place.is_none(), self.closed);
        let Some((key, known_as)) = place else {
            self.state.retire();
            self.closing += 1;
            self.end(GetOutcome::Failed);
            return Some(());
        };
        let id = self.fresh();
        let (role, in_front) = (Role::Checking, standing == Standing::First);
        let waiter = Waiter { role, in_front, is_up: true, ..Waiter::new(id, Some(key)) };
        let at = self.stands_at(standing);
        self.waiters.insert(at, waiter);
        self.flying.push(Flying { thing, asker: Some(id), known_as: Some(known_as) });
        self.settle(effects);
        Some(())
    }

    pub(super) fn leave_check(&mut self) -> Option<()> {
        let thing = self.pick(|walk| &mut walk.lent)?;
        self.state.leave_check();
        self.flying.push(Flying { thing, asker: None, known_as: None });
        Some(())
    }

    pub(super) fn check_passes(&mut self) -> Option<()> {
        let Flying { thing, known_as, .. } = self.end_check()?;
        let thing = Thing { known_good_at: self.failed_checks, seen_idle: None, ..thing };
        let is_evicted = self.come_in(thing, 0);
        let effects = self.state.check_passed(thing, known_as);
        self.settle_one(effects, is_evicted);
        Some(())
    }

    pub(super) fn check_fails(&mut self) -> Option<()> {
        let Flying { known_as, .. } = self.end_check()?;
        let slowly = self.unfit();
        let effects = self.state.check_failed(slowly, known_as);
        self.settle(effects);
        Some(())
    }

    pub(super) fn check_breaks_off(&mut self) -> Option<()> {
        let Flying { asker, known_as, .. } = self.end_check()?;
        let cause = self.random.bool().then(|| self.fresh());
        self.step.told = asker.filter(|id| cause.is_some() && self.is_queued(*id));
        let effects = self.state.check_broke_off(known_as, cause);
        self.settle(effects);
        self.state.retire();
        self.closing += 1;
        Some(())
    }

    fn end_check(&mut self) -> Option<Flying> {
        let flying = self.pick(|walk| &mut walk.flying)?;
        self.work_ends(flying.asker);
        Some(flying)
    }

    /// A get is never polled again.
    pub(super) fn freeze(&mut self) -> Option<()> {
        let at = (!self.waiters.is_empty()).then(|| self.random.usize(..self.waiters.len()))?;
        let waiter = &mut self.waiters[at];
        (!std::mem::replace(&mut waiter.is_frozen, true)).then_some(())
    }

    pub(super) fn sweep(&mut self) -> Option<()> {
        self.sweeping.then_some(())?;
        self.now += Duration::from_millis(self.random.u64(..20));
        self.step.may_take_back = true;
        let (effects, rest) = self.state.sweep(self.now);
        (self.sweeping, self.sweeps_later) = (rest.is_some(), false);
        self.settle(effects);
        if let Some(Rest::Until(deadline)) = rest {
            assert!(deadline > self.now, "what nobody has time for is not taken back");
            assert_eq!(self.state.rest_until_woken(SWEEPER), (false, None));
            self.sweeps_later = true;
        }
        Some(())
    }

    pub(super) fn cancel_check(&mut self) -> Option<()> {
        self.pick(|walk| &mut walk.checking)?;
        self.state.retire();
        self.closing += 1;
        self.end(GetOutcome::Cancelled);
        Some(())
    }

    fn poll(&mut self, at: usize) -> Polled<Thing, u32> {
        let Waiter { id, key, .. } = &mut self.waiters[at];
        // Now and then its waker is another than the last time.
        let is_current = self.random.bool();
        let mut token = None;
        let polled = self.state.poll(key, &mut token, |_| is_current).or_else(|| {
            token = Some(*id);
            self.state.poll(key, &mut token, |_| is_current)
        });
        polled.expect("it has a token")
    }

    fn see(&mut self, at: usize, polled: Polled<Thing, u32>) {
        let rests = self.closed || self.suspended || self.before.size > self.settings.max_size;
        let waiter = &mut self.waiters[at];
        let (id, stands) = (waiter.id, waiter.stands);
        let is_entrusted = stands == Stands::Queued && waiter.role == Role::Entrusted;
        match polled {
            Polled::Granted(lent) => {
                assert_eq!(stands, Stands::Granted, "waiter {id}");
                self.gone_away(at);
                self.take_out(&lent.resource);
                self.hold(&lent);
            }
            Polled::Told(verdict) => {
                assert_eq!(stands, Stands::Told, "waiter {id}");
                assert!(self.closed || matches!(verdict, Verdict::Failed(_)), "{verdict:?}");
                self.gone_away(at);
                self.end(GetOutcome::Failed);
            }
            Polled::Create(permit) => {
                assert!(is_entrusted && !rests, "waiter {id} is to create");
                (waiter.role, waiter.is_up) = (Role::Creating, true);
                self.begin_create(Some(id), permit);
            }
            Polled::Pointless(permit) => {
                assert!(is_entrusted && rests, "waiter {id} is to give its permit back");
                self.work_ends(Some(id));
                let effects = self.state.release_permit(permit);
                self.settle(effects);
            }
            Polled::Stale(evicted) => {
                assert_eq!(stands, Stands::Granted, "waiter {id}");
                assert!(self.is_stale(&evicted.resource), "{evicted:?} could be lent");
                let deadline = self.waiters[at].deadline;
                self.settle(Effects { evicted: vec![evicted], ..Effects::none() });
                let at = self.waiters.iter().position(|waiter| waiter.id == id);
                self.gone_away(at.expect("it has not left"));
                self.enter(id, deadline, Standing::First, false);
            }
            Polled::Absent => {
                assert_eq!(stands, Stands::Absent, "waiter {id}");
                let deadline = waiter.deadline;
                self.gone_away(at);
                self.enter(id, deadline, Standing::First, false);
            }
            Polled::Waits => {
                assert!(!is_entrusted && matches!(stands, Stands::Queued | Stands::ToBeTold));
                (waiter.has_token, waiter.is_up) = (true, false);
            }
        }
    }

    fn leave(&mut self, outcome: GetOutcome) -> Option<()> {
        let at = (!self.waiters.is_empty()).then(|| self.random.usize(..self.waiters.len()))?;
        self.leave_at(at, outcome);
        Some(())
    }

    pub(super) fn leave_at(&mut self, at: usize, outcome: GetOutcome) {
        let key = self.waiters[at].key.take().expect("a waiter has a place");
        let effects = self.state.leave(key);
        self.gone_away(at);
        self.end(outcome);
        self.settle(effects);
    }

    /// Lent to a get, which has to check it or has ended.
    fn hold(&mut self, lent: &Lent<Thing>) {
        let Lent { resource, fresh, check_due } = *lent;
        let is_suspect = resource.known_good_at < self.failed_checks;
        let is_due = is_suspect || self.settings.recycle_policy == RecyclePolicy::Always;
        assert_eq!(check_due, !fresh && is_due, "{resource:?}");
        if check_due {
            self.checking.push(resource);
        } else {
            self.counted.served += 1;
            self.lent.push(resource);
        }
    }

    /// A get ends of which the state machine must be told.
    fn end(&mut self, outcome: GetOutcome) {
        self.state.end(outcome);
        let counted = &mut self.counted;
        *match outcome {
            GetOutcome::Served => &mut counted.served,
            GetOutcome::TimedOut => &mut counted.timed_out,
            GetOutcome::Cancelled => &mut counted.cancelled,
            GetOutcome::Failed => &mut counted.failed,
        } += 1;
    }

    /// A waiter is served or gone: what it began goes on without it.
    fn gone_away(&mut self, at: usize) {
        let id = self.waiters.remove(at).id;
        self.forget_asker(id);
    }

    pub(super) fn forget_asker(&mut self, id: u32) {
        let askers = self.creating.iter_mut().map(|creating| &mut creating.asker);
        for asker in askers.chain(self.flying.iter_mut().map(|flying| &mut flying.asker)) {
            *asker = asker.filter(|&asker| asker != id);
        }
    }

    pub(super) fn begin_create(&mut self, asker: Option<u32>, permit: Permit) {
        let (generation, begun) = (self.generation, self.now);
        self.creating.push(Creating { asker, permit, generation, begun });
    }

    fn is_overloaded(&self) -> bool {
        let status = self.state.status();
        let most = self.settings.max_waiting.unwrap_or(usize::MAX);
        let supply = status.creating + self.flying.len();
        self.queued() >= most.saturating_add(supply) && !self.may_create(&status)
    }
}

impl Waiter {
    fn new(id: u32, key: Option<Key>) -> Self {
        Self {
            id,
            key,
            stands: Stands::Queued,
            role: Role::Unasked,
            has_token: false,
            is_up: false,
            is_frozen: false,
            deadline: None,
            goes_first: false,
            in_front: false,
        }
    }
}
