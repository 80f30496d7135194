//! Who gets what is freed: a resource, room to create, an idle one, bad news.
//!
//! Each of these runs inside a transition of `state.rs`, in its critical section, and leaves what
//! has to happen outside it in that transition's effects.

use super::outcome::{Effects, Evicted, Grant, Key, Verdict};
use super::waiters::Served;
use super::{Dated, State};

impl<T: Dated, E: Clone, W> State<T, E, W> {
    /// Gives a resource whose slot is lent to the oldest waiter (laws W3, W4), or lets it be idle.
    pub(super) fn deliver(&mut self, grant: Grant<T>, effects: &mut Effects<T, E, W>) {
        if let Some(reason) = self.reason_to_evict(&grant.resource) {
            self.retire();
            effects.evicted.push(Evicted { resource: grant.resource, reason });
            return;
        }
        let granted = if self.suspended { Err(grant) } else { self.grant(grant, effects) };
        match granted {
            Ok(had_permit) => self.pass_on(had_permit, effects),
            Err(grant) => {
                self.lent -= 1;
                self.idle.put(grant.resource);
            }
        }
    }

    /// Gives a resource whose slot is lent to the oldest waiter, and says whether that had a permit
    /// which it does not need any more; gives it back if nobody waits.
    pub(super) fn grant(
        &mut self,
        grant: Grant<T>,
        effects: &mut Effects<T, E, W>,
    ) -> Result<bool, Grant<T>> {
        let Served { token, had_permit } = self.waiters.grant(grant)?;
        effects.wakes.push(token);
        if let Some(outage) = &mut self.outage {
            outage.serve();
        }
        Ok(had_permit)
    }

    /// Gives a permit that its waiter no longer needs to the next, if anybody needs it.
    pub(super) fn pass_on(&mut self, had_permit: bool, effects: &mut Effects<T, E, W>) {
        if had_permit {
            self.permits -= 1;
            self.serve_room(effects);
            self.notify(effects);
            effects.fill |= self.lacks_minimum();
        }
    }

    /// Takes a permit back from whoever drove its create.
    pub(super) fn end_create(&mut self, driver: Option<&Key>) {
        self.permits -= 1;
        if let Some(key) = driver {
            self.waiters.end_drive(key);
        }
    }

    /// What follows when a slot has been freed or allowed.
    pub(super) fn freed(&mut self) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        self.serve_room(&mut effects);
        self.notify(&mut effects);
        effects.fill = self.lacks_minimum();
        effects
    }

    /// Turns room into permits, as far as waiters need them (law W1).
    pub(super) fn serve_room(&mut self, effects: &mut Effects<T, E, W>) {
        while self.waiters.len() > self.permits && self.may_create() {
            // Of more waiters than permits, one drives none.
            let token = self.waiters.entrust();
            self.permits += 1;
            effects.wakes.push(token);
        }
    }

    /// Serves whoever waits and drives no create from what is idle (law W1). Something is, beside a
    /// waiter, only after a failed check: that waiter tried a create instead (law F3).
    pub(super) fn serve_idle(&mut self, effects: &mut Effects<T, E, W>) {
        while self.waiters.any_undriven()
            && let Some(resource) = self.lend_idle()
        {
            let served = self.waiters.grant_undriven(Grant { resource, fresh: false });
            effects.wakes.push(served.token);
        }
    }

    /// Takes all waiters out of the queue, for `tell` to tell them the verdict.
    pub(super) fn tell_all(&mut self, verdict: Verdict<E>, effects: &mut Effects<T, E, W>) {
        self.waiters.tell_all();
        if self.waiters.any_to_tell() {
            effects.announce = true;
            effects.causes.push(self.verdict.replace(verdict).and_then(Verdict::into_cause));
        } else {
            effects.causes.push(verdict.into_cause());
        }
    }

    /// Tells one whose create failed, if it still waits. The cause is never dropped for good here:
    /// the outage holds it, too.
    pub(super) fn tell_driver(
        &mut self,
        driver: Option<&Key>,
        cause: E,
        effects: &mut Effects<T, E, W>,
    ) {
        let Some(key) = driver else {
            effects.causes.push(Some(cause));
            return;
        };
        // The driver is the caller: it looks next, so it need not be woken.
        if let Some(served) = self.waiters.tell(key, Verdict::Failed(cause)) {
            effects.unused = served.token;
        }
    }

    /// Wakes those who watch the pool.
    pub(super) fn notify(&mut self, effects: &mut Effects<T, E, W>) {
        for (_, token) in &mut self.watchers {
            effects.wakes.push(token.take());
        }
    }
}
