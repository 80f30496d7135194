//! Who gets what is freed: a resource, room to create, an idle one, bad news.
//!
//! Each of these runs inside a transition of `state.rs`, in its critical section, and leaves what
//! has to happen outside it in that transition's effects.

use super::outcome::{Asker, Effects, Evicted, Grant, Permit, Verdict};
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

    /// Hands a resource whose slot is lent to the oldest waiter. Returns whether that waiter held an
    /// unused permit. If nobody waits, returns the resource.
    pub(super) fn grant(
        &mut self,
        grant: Grant<T>,
        effects: &mut Effects<T, E, W>,
    ) -> Result<bool, Grant<T>> {
        let Served { token, had_permit, has_deadline } = self.waiters.grant(grant)?;
        effects.wakes.push(token);
        self.look_after_given(has_deadline, effects);
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

    /// Takes a permit back, and says who had asked for the create.
    pub(super) fn end_create(&mut self, Permit { asker, .. }: Permit) -> Option<Asker> {
        self.permits -= 1;
        if let Some(asker) = asker {
            self.waiters.end_work(asker);
        }
        asker
    }

    /// What follows when a slot has been freed or allowed.
    pub(super) fn freed(&mut self) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        self.serve_room(&mut effects);
        self.notify(&mut effects);
        effects.fill = self.lacks_minimum();
        effects
    }

    /// What follows when a create, a check or an outage has ended.
    pub(super) fn share_out(&mut self, effects: &mut Effects<T, E, W>) {
        self.serve_idle(effects);
        self.serve_room(effects);
        self.notify(effects);
        effects.fill = self.lacks_minimum();
    }

    /// Turns room into permits, as far as waiters need them (law W1).
    pub(super) fn serve_room(&mut self, effects: &mut Effects<T, E, W>) {
        while self.is_supply_short() && self.may_create() {
            // Of more waiters than creates and checks in flight, one has none.
            let Served { token, has_deadline, .. } = self.waiters.entrust();
            self.permits += 1;
            effects.wakes.push(token);
            self.look_after_given(has_deadline, effects);
        }
    }

    /// Serves the oldest waiters from what is idle, as long as nothing is in flight for one of them
    /// (law W1). Something is idle beside a waiter only after a failed check: that waiter tried a
    /// create instead (law F3).
    pub(super) fn serve_idle(&mut self, effects: &mut Effects<T, E, W>) {
        while self.is_supply_short()
            && let Some(resource) = self.lend_idle()
        {
            let granted = self.grant(Grant { resource, fresh: false }, effects);
            let Ok(had_permit) = granted else { unreachable!("somebody waits") };
            self.pass_on(had_permit, effects);
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

    /// Tells one whose create came to nothing, if it still waits. Gives the cause back otherwise.
    pub(super) fn tell_asker(
        &mut self,
        asker: Option<Asker>,
        cause: E,
        effects: &mut Effects<T, E, W>,
    ) {
        let told = asker.and_then(|asker| self.waiters.tell(asker, Verdict::Failed(cause.clone())));
        if let Some(Served { token, had_permit, .. }) = told {
            effects.wakes.push(token);
            self.pass_on(had_permit, effects);
        }
        effects.causes.push(Some(cause));
    }

    /// Wakes those who watch the pool.
    pub(super) fn notify(&mut self, effects: &mut Effects<T, E, W>) {
        for (_, watcher) in &mut self.watchers {
            effects.wakes.push(watcher.token.take());
        }
    }

    /// Lets those know of a create that came to nothing who want to.
    pub(super) fn report(&mut self, cause: &E) {
        for (_, watcher) in &mut self.watchers {
            if watcher.listens && watcher.failure.is_none() {
                watcher.failure = Some(cause.clone());
            }
        }
    }
}
