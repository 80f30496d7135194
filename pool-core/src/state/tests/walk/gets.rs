//! What gets do: enter, look, leave, check.

use super::{Creating, Stands, Thing, Waiter, Walk};
use crate::event::GetOutcome;
use crate::settings::RecyclePolicy;
use crate::state::waiters::Role;
use crate::state::{Entered, Key, Lent, Polled, Verdict};

impl Walk {
    pub(super) fn get(&mut self) -> Option<()> {
        (self.waiters.len() < self.crowd).then_some(())?;
        self.counted.started += 1;
        if let Some(lent) = self.state.begin() {
            self.take_idle(&lent.resource);
            self.hold(&lent);
            return Some(());
        }
        let id = self.fresh();
        let is_overloaded = self.is_overloaded();
        let (entered, effects) = self.state.enter(id);
        match entered {
            Entered::Lent(lent) => {
                self.take_idle(&lent.resource);
                self.hold(&lent);
            }
            Entered::Refused(verdict) => {
                assert_eq!(verdict == Verdict::Closed, self.closed);
                assert!(self.closed || is_overloaded, "there was a place to wait");
                self.end(GetOutcome::Failed);
            }
            Entered::Waits(key) => {
                assert!(!is_overloaded, "one too many waits");
                self.waiters.push(Waiter { has_token: true, ..Waiter::new(id, Some(key)) });
            }
            Entered::Drives(key, _) => {
                let driver =
                    Waiter { role: Role::Driving, is_up: true, ..Waiter::new(id, Some(key)) };
                self.waiters.push(driver);
                self.begin_create(Some(id));
            }
        }
        self.settle(effects);
        Some(())
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
        let offset = others.position(|waiter| waiter.is_up == is_up)?;
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
        self.state.suspect();
        self.failed_checks += 1;
        let slowly = self.random.bool();
        let (key, effects) = self.state.reenter(slowly);
        self.closing += usize::from(slowly);
        self.counted.ended += u64::from(!slowly);
        assert_eq!(key.is_none(), self.closed);
        if key.is_some() {
            let id = self.fresh();
            self.waiters
                .insert(0, Waiter { is_up: true, goes_first: true, ..Waiter::new(id, key) });
        } else {
            self.end(GetOutcome::Failed);
        }
        self.settle(effects);
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
            Polled::Drive(_) => {
                assert!(is_entrusted && !rests, "waiter {id} is to drive");
                (waiter.role, waiter.is_up) = (Role::Driving, true);
                self.begin_create(Some(id));
            }
            Polled::Pointless => {
                assert!(is_entrusted && rests, "waiter {id} is to give its permit back");
                self.step.ended = Some(id);
                self.drive_ends(Some(id));
                let effects = self.state.release_permit(Self::key_of(&self.waiters, Some(id)));
                self.settle(effects);
            }
            Polled::Waits => {
                assert!(!is_entrusted && matches!(stands, Stands::Queued | Stands::ToBeTold));
                (waiter.has_token, waiter.is_up) = (true, false);
            }
        }
    }

    fn leave(&mut self, outcome: GetOutcome) -> Option<()> {
        let at = (!self.waiters.is_empty()).then(|| self.random.usize(..self.waiters.len()))?;
        let key = self.waiters[at].key.take().expect("a waiter has a place");
        let effects = self.state.leave(key);
        self.gone_away(at);
        self.end(outcome);
        self.settle(effects);
        Some(())
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

    /// A waiter is served or gone: the create it drove goes on without it.
    fn gone_away(&mut self, at: usize) {
        let id = self.waiters.remove(at).id;
        for creating in &mut self.creating {
            creating.driver = creating.driver.filter(|&driver| driver != id);
        }
    }

    fn begin_create(&mut self, driver: Option<u32>) {
        self.creating.push(Creating { driver, generation: self.generation, begun: self.now });
    }

    fn is_overloaded(&self) -> bool {
        let status = self.state.status();
        let most = self.settings.max_waiting.unwrap_or(usize::MAX);
        self.queued() >= most.saturating_add(status.creating) && !self.may_create(&status)
    }
}

impl Waiter {
    fn new(id: u32, key: Option<Key>) -> Self {
        Self {
            id,
            key,
            stands: Stands::Queued,
            role: Role::Undriven,
            has_token: false,
            is_up: false,
            goes_first: false,
        }
    }
}
