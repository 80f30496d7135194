//! Checks that go on without their borrower: it waits meanwhile, and whoever is the oldest then is
//! lent what passed.

use std::time::Instant;

use super::outcome::{Asker, Effects, Grant, Key, Standing};
use super::{Dated, State};

impl<T: Dated, E: Clone, W> State<T, E, W> {
    /// A check is pending: its borrower waits, as the last if it has just come, and before all who
    /// have not waited longer otherwise. `None` if the pool is closed.
    pub(crate) fn await_check(
        &mut self,
        deadline: Option<Instant>,
        standing: Standing,
    ) -> (Option<(Key, Asker)>, Effects<T, E, W>) {
        let mut effects = Effects::none();
        if self.closed {
            return (None, effects);
        }
        self.checking += 1;
        let place = self.waiters.push_checking(deadline, standing);
        self.look_after_waiters(&mut effects);
        (Some(place), effects)
    }

    /// A check is pending whose borrower does not wait for it.
    pub(crate) fn leave_check(&mut self) {
        self.checking += 1;
    }

    /// A check has passed: the resource goes to the oldest waiter, most often the one that asked.
    pub(crate) fn check_passed(&mut self, resource: T, asker: Option<Asker>) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        self.end_check(asker);
        self.deliver(Grant { resource, fresh: true }, &mut effects);
        self.share_out(&mut effects);
        effects
    }

    /// A check has failed. The slot is room to create (law F3), unless the resource has a goodbye to
    /// say first.
    pub(crate) fn check_failed(
        &mut self,
        is_closing: bool,
        asker: Option<Asker>,
    ) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        self.end_check(asker);
        self.unfit(is_closing, &mut effects);
        effects
    }

    /// A check came to nothing; its resource is about to be retired. Its asker waits on, or is told
    /// the cause.
    pub(crate) fn check_broke_off(
        &mut self,
        asker: Option<Asker>,
        cause: Option<E>,
    ) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        self.end_check(asker);
        if let Some(cause) = cause {
            self.tell_asker(asker, cause, &mut effects);
        }
        self.serve_room(&mut effects);
        self.serve_idle(&mut effects);
        effects.fill = self.lacks_minimum();
        effects
    }

    /// A lent resource turned out unfit.
    pub(super) fn unfit(&mut self, is_closing: bool, effects: &mut Effects<T, E, W>) {
        self.lent -= 1;
        self.closing += usize::from(is_closing);
        // What else is idle may be as stale, so a create comes first.
        self.serve_room(effects);
        self.serve_idle(effects);
        self.notify(effects);
        effects.fill = self.lacks_minimum();
    }

    fn end_check(&mut self, asker: Option<Asker>) {
        self.checking -= 1;
        if let Some(asker) = asker {
            self.waiters.end_work(asker);
        }
    }
}
