//! What was given and is not fetched goes on (law G2).
//!
//! A get may be put aside for ever with a resource, or with the right to a create, that it was
//! given. While anything is given, somebody calls `sweep` every `patience`: what its get had no
//! time left for, and what others wait for and nobody fetched for a whole round, is taken back. No
//! clock is read when it is given.

use std::time::{Duration, Instant};

use super::outcome::{Effects, Rest};
use super::waiters::{Given, Left};
use super::{Dated, State, Sweeper};

/// The shortest round: an executor's timer counts no less.
const ROUND: Duration = Duration::from_millis(1);

impl<T: Dated, E: Clone, W> State<T, E, W> {
    /// Whoever was asked to sweep begins: takes back what is overdue already, and says when to come.
    /// By then most is fetched, and more may have been given: so that one serves for all of a round, it
    /// comes in any case.
    pub(crate) fn begin_sweeping(&mut self, now: Instant) -> (Effects<T, E, W>, Option<Rest>) {
        let effects = self.take_back(now);
        let round = self.settings.patience.map(|patience| Rest::For(patience.max(ROUND)));
        let rest = round.or_else(|| self.rest());
        self.rest_so(rest);
        (effects, rest)
    }

    /// Takes back what is not fetched, and says when to come again; `None` if there is no need.
    pub(crate) fn sweep(&mut self, now: Instant) -> (Effects<T, E, W>, Option<Rest>) {
        self.waiters.next_round();
        let effects = self.take_back(now);
        let rest = self.rest();
        self.rest_so(rest);
        (effects, rest)
    }

    fn take_back(&mut self, now: Instant) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        self.sweeper = Sweeper::Soon;
        loop {
            let in_vain = self.all_given().find(|given| self.is_given_in_vain(given, now));
            let Some(given) = in_vain else { break };
            match self.waiters.take_back(given) {
                Left::Granted(grant) => self.deliver(grant, &mut effects),
                Left::Waiting(served) => {
                    effects.wakes.push(served.token);
                    self.pass_on(served.had_permit, &mut effects);
                }
                Left::Told(_) | Left::Nothing => unreachable!("only what was given is in vain"),
            }
        }
        // What one freed may have been enough for all that was missing.
        effects.fill &= self.lacks_minimum();
        effects
    }

    /// Leaves a token by which the sweeper is woken when somebody waits, and gives back the one
    /// before. Whether it has to come at once.
    pub(crate) fn rest_until_woken(&mut self, token: W) -> (bool, Option<W>) {
        match &mut self.sweeper {
            Sweeper::Later(known) => (false, known.replace(token)),
            Sweeper::Off | Sweeper::Soon | Sweeper::Unable => (true, Some(token)),
        }
    }

    /// Whoever swept is gone. When something is given again another begins, if one may.
    pub(crate) fn end_sweeping(&mut self, may_resume: bool) -> Option<W> {
        let next = if may_resume { Sweeper::Off } else { Sweeper::Unable };
        match std::mem::replace(&mut self.sweeper, next) {
            Sweeper::Later(token) => token,
            Sweeper::Off | Sweeper::Soon | Sweeper::Unable => None,
        }
    }

    /// Something was given to a waiter: sees that somebody comes if it is not fetched.
    #[inline]
    pub(super) fn look_after_given(&mut self, has_deadline: bool, effects: &mut Effects<T, E, W>) {
        match &mut self.sweeper {
            Sweeper::Soon | Sweeper::Unable => {}
            Sweeper::Off => {
                if has_deadline || self.settings.patience.is_some() {
                    self.sweeper = Sweeper::Soon;
                    effects.sweep = true;
                }
            }
            Sweeper::Later(token) => {
                effects.wakes.push(token.take());
                self.sweeper = Sweeper::Soon;
            }
        }
    }

    /// Somebody waits: what was given to others is for him if they do not look, so sees that
    /// somebody comes.
    #[inline]
    pub(super) fn look_after_waiters(&mut self, effects: &mut Effects<T, E, W>) {
        if self.waiters.any_given() {
            self.look_after_given(false, effects);
        }
    }

    /// One comes back who looks: takes for it what was given to a later one that does not look yet.
    /// So there is always one that is served, however late all of them look.
    pub(super) fn take_over(&mut self) -> Left<T, E, W> {
        if self.suspended || self.may_create_for_one_more() {
            return Left::Nothing;
        }
        self.waiters.take_over()
    }

    /// Takes back all that was given, as the pool is closed.
    pub(super) fn take_all_back(&mut self, effects: &mut Effects<T, E, W>) {
        while let Some(given) = self.waiters.first_given() {
            match self.waiters.take_back(given) {
                Left::Granted(grant) => self.deliver(grant, effects),
                Left::Waiting(served) => {
                    self.permits -= usize::from(served.had_permit);
                    effects.wakes.push(served.token);
                }
                Left::Told(_) | Left::Nothing => unreachable!("only what was given is taken back"),
            }
        }
        // Nothing is left to come again for.
        if let Sweeper::Later(token) = &mut self.sweeper {
            effects.wakes.push(token.take());
            self.sweeper = Sweeper::Soon;
        }
    }

    fn all_given(&self) -> impl Iterator<Item = Given> {
        std::iter::successors(self.waiters.first_given(), |&given| self.waiters.given_after(given))
    }

    /// Whether something is taken back: its get has no time left; or others wait for it, the minimum
    /// lacks it, or the pool is to shrink, and it has been there for a whole round.
    fn is_given_in_vain(&self, given: &Given, now: Instant) -> bool {
        let is_wanted = if given.is_permit {
            self.waiters.any_unasked() || self.keeps_from_minimum()
        } else {
            self.waiters.len() > 0
        };
        let is_missed = is_wanted || self.has_surplus();
        given.deadline.is_some_and(|deadline| deadline <= now)
            || (self.settings.patience.is_some() && is_missed && given.rounds >= 2)
    }

    fn rest_so(&mut self, rest: Option<Rest>) {
        self.sweeper = match rest {
            None => Sweeper::Off,
            Some(Rest::For(_)) => Sweeper::Soon,
            Some(Rest::Until(_)) => Sweeper::Later(None),
        };
    }

    fn rest(&self) -> Option<Rest> {
        self.waiters.first_given()?;
        match self.settings.patience {
            Some(patience) if self.waiters.len() > 0 || self.has_surplus() => {
                Some(Rest::For(patience.max(ROUND)))
            }
            _ => self.all_given().filter_map(|given| given.deadline).min().map(Rest::Until),
        }
    }
}
