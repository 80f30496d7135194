//! Creates: who may, how they end, and what the minimum lacks.

use super::outage::{Failed, Outage};
use super::outcome::{Asker, Born, Effects, Grant, Permit, Verdict};
use super::{Dated, State};

impl<T: Dated, E: Clone, W> State<T, E, W> {
    /// A create succeeded.
    pub(crate) fn created(
        &mut self,
        mut resource: T,
        permit: Permit,
        born: Born,
    ) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        self.end_create(permit);
        effects.causes.push(self.outage.take().map(|outage| outage.cause));
        self.lent += 1;
        self.tally.created += 1;
        self.stamp(&mut resource, born);
        self.look_after_ages(&mut effects);
        self.deliver(Grant { resource, fresh: true }, &mut effects);
        self.share_out(&mut effects);
        effects
    }

    /// A create failed.
    pub(crate) fn create_failed(
        &mut self,
        cause: E,
        permit: Permit,
        failed: Failed,
    ) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        let asker = self.end_create(permit);
        self.tally.create_failed += 1;
        self.report(&cause);
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
        if self.suspended {
            // Whoever waits waits for the resume.
            effects.causes.push(Some(cause));
        } else if is_hopeless || self.lent + self.permits == 0 {
            self.tell_all(Verdict::Failed(cause), &mut effects);
        } else if self.lent == 0 {
            self.tell_asker(asker, cause, &mut effects);
        } else {
            effects.causes.push(Some(cause));
        }
        self.share_out(&mut effects);
        effects
    }

    /// A permit was not used, or nobody can use what its create would make.
    pub(crate) fn release_permit(&mut self, permit: Permit) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        self.end_create(permit);
        self.share_out(&mut effects);
        effects
    }

    /// A create came to nothing: it panicked, or its executor is gone. Whoever asked for it is told
    /// the cause, if there is one to tell. The minimum does not try again, as it would at once and
    /// without end.
    pub(crate) fn create_broke_off(
        &mut self,
        permit: Permit,
        cause: Option<E>,
    ) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        let asker = self.end_create(permit);
        if let Some(cause) = cause {
            self.report(&cause);
            self.tell_asker(asker, cause, &mut effects);
        }
        self.serve_idle(&mut effects);
        self.serve_room(&mut effects);
        self.notify(&mut effects);
        effects
    }

    /// Gives a permit for one of the resources that are missing to the minimum.
    pub(crate) fn permit_to_fill(&mut self) -> Option<Permit> {
        self.lacks_minimum().then(|| {
            self.permits += 1;
            self.permit(None)
        })
    }

    /// Gives a permit to somebody who can use it on the spot, if that overtakes nobody.
    pub(crate) fn permit_inline(&mut self) -> Option<Permit> {
        let may = self.waiters.len() == 0 && self.outage.is_none() && self.may_create();
        may.then(|| {
            self.permits += 1;
            self.permit(None)
        })
    }

    pub(super) fn permit(&self, asker: Option<Asker>) -> Permit {
        Permit { not_before: self.outage.as_ref().map(|outage| outage.not_before), asker }
    }
}
