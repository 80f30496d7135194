//! Creates: who may, how they end, and what the minimum lacks.

use super::outage::{Failed, Outage};
use super::outcome::{Born, Effects, Grant, Key, Permit, Verdict};
use super::{Dated, State};

impl<T: Dated, E: Clone, W> State<T, E, W> {
    /// A create succeeded. `driver` is the waiter that drove it, if it still does.
    pub(crate) fn created(
        &mut self,
        mut resource: T,
        driver: Option<&Key>,
        born: Born,
    ) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        self.end_create(driver);
        effects.causes.push(self.outage.take().map(|outage| outage.cause));
        self.lent += 1;
        self.tally.created += 1;
        self.stamp(&mut resource, born);
        effects.maintain = self.settings.limits_age();
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
            effects.causes.push(Some(cause));
            self.notify(&mut effects);
            return effects;
        }
        let patience = self.settings.create_timeout;
        let (outage, replaced) =
            Outage::after(self.outage.take(), cause.clone(), &self.settings, failed);
        effects.causes.push(replaced);
        let is_hopeless = patience.is_some_and(|patience| outage.is_hopeless(failed.now, patience));
        self.outage = Some(outage);
        if is_hopeless || self.lent + self.permits == 0 {
            self.tell_all(Verdict::Failed(cause), &mut effects);
        } else if self.lent == 0 {
            self.tell_driver(driver, cause, &mut effects);
        } else {
            effects.causes.push(Some(cause));
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
    pub(crate) fn permit_inline(&mut self) -> Option<Permit> {
        let may = self.waiters.len() == 0 && self.outage.is_none() && self.may_create();
        may.then(|| {
            self.permits += 1;
            self.permit()
        })
    }

    pub(super) fn permit(&self) -> Permit {
        Permit { not_before: self.outage.as_ref().map(|outage| outage.not_before) }
    }
}
