//! What is given to the pool: a resource that comes back or comes in, a slot that is freed.

use std::cmp::Reverse;

use super::outcome::{Born, Effects, Grant, Refused, Stamp};
use super::{Dated, State};
use crate::event::DiscardReason;

impl<T: Dated, E: Clone, W> State<T, E, W> {
    /// Takes a lent resource back if nobody waits for it and nothing speaks against it; or returns it,
    /// for `put`.
    #[inline]
    pub(crate) fn put_idle(&mut self, resource: T) -> Result<(), T> {
        // In a closed pool everything is stale.
        if self.waiters.len() > 0 || self.is_stale(&resource) || !self.is_settled() {
            return Err(resource);
        }
        self.lent -= 1;
        self.idle.put(resource);
        Ok(())
    }

    /// Takes a lent resource back.
    pub(crate) fn put(&mut self, resource: T) -> Effects<T, E, W> {
        let mut effects = Effects::none();
        self.deliver(Grant { resource, fresh: false }, &mut effects);
        effects
    }

    /// Takes in a resource that was made elsewhere, if there is room.
    pub(crate) fn insert(
        &mut self,
        mut resource: T,
        born: Born,
    ) -> Result<Effects<T, E, W>, Refused<T>> {
        if self.closed {
            return Err(Refused::Closed(resource));
        }
        if self.size() >= self.settings.max_size {
            return Err(Refused::Full(resource));
        }
        let mut effects = Effects::none();
        self.lent += 1;
        self.tally.inserted += 1;
        self.stamp(&mut resource, born);
        self.look_after_ages(&mut effects);
        self.deliver(Grant { resource, fresh: false }, &mut effects);
        self.notify(&mut effects);
        Ok(effects)
    }

    /// A lent resource leaves the pool with its holder.
    pub(crate) fn detach(&mut self) -> Effects<T, E, W> {
        self.lent -= 1;
        self.tally.detached += 1;
        self.freed()
    }

    /// A lent resource is to end: its slot is closing until it is `gone`.
    pub(crate) fn retire(&mut self) {
        self.lent -= 1;
        self.closing += 1;
    }

    /// As `retire`, but the resource is to be reset and `returned`; or not, if it is to be evicted.
    pub(crate) fn begin_reset(&mut self, resource: &T) -> Result<(), DiscardReason> {
        let reason = self.reason_to_evict(resource);
        self.retire();
        reason.map_or(Ok(()), Err)
    }

    /// A resource that was closing has been reset.
    pub(crate) fn returned(&mut self, resource: T) -> Effects<T, E, W> {
        self.closing -= 1;
        self.lent += 1;
        self.put(resource)
    }

    /// A closing resource is no more.
    pub(crate) fn gone(&mut self) -> Effects<T, E, W> {
        self.closing -= 1;
        self.freed()
    }

    /// Marks what the pool takes in, and remembers when it expires (law F4).
    pub(super) fn stamp(&mut self, resource: &mut T, born: Born) {
        self.made += 1;
        let expires_at = self.settings.expiry(born.tick, born.chance);
        resource.stamp(Stamp {
            number: self.made,
            known_good_at: self.failed_checks,
            expires_at,
            recycle_policy: self.settings.recycle_policy,
        });
        if expires_at != u64::MAX {
            self.expiries.push(Reverse(expires_at));
        }
    }
}
