//! What may be: predicates only, which change nothing and decide nothing by themselves.
//!
//! Laws A2 (never above the maximum), F2 (no more creates than needed, one at a time in an outage)
//! and Z1 (a closed pool keeps nothing) are kept here: every transition that makes room, creates or
//! takes something in asks one of these.

use super::{Dated, State};
use crate::event::DiscardReason;
use crate::settings::Settings;

impl<T: Dated, E: Clone, W> State<T, E, W> {
    /// Whether as many resources exist, and are idle, as the minimum asks for and the maximum
    /// allows.
    pub(crate) fn is_filled(&self) -> bool {
        let Settings { max_size, min_size, min_idle, .. } = self.settings;
        let exist = self.idle.len() + self.lent;
        exist >= min_size.min(max_size) && (self.idle.len() >= min_idle || exist >= max_size)
    }

    /// Whether no more resources exist than the maximum allows.
    #[inline]
    pub(crate) fn is_settled(&self) -> bool {
        self.size() <= self.settings.max_size
    }

    /// Whether a create that has not begun may not begin any more.
    pub(crate) fn is_create_pointless(&self) -> bool {
        self.closed || self.suspended || !self.is_settled()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.size() == 0
    }

    /// Whether a permit to fill may exist that does not exist yet.
    pub(crate) fn lacks_minimum(&self) -> bool {
        (self.will_be() < self.settings.min_size || self.lacks_idle()) && self.may_create()
    }

    /// Whether the minimum would lack something without a permit that a waiter has and does not use.
    pub(super) fn keeps_from_minimum(&self) -> bool {
        self.will_be() <= self.settings.min_size || self.lacks_idle()
    }

    fn lacks_idle(&self) -> bool {
        // A permit is a waiter's before it is the minimum's.
        let supply = self.idle.len() + self.permits + self.checking;
        supply < self.settings.min_idle.saturating_add(self.waiters.len())
    }

    /// Whether more gets wait than creates and checks are in flight (rule 1 of creating).
    pub(super) fn is_supply_short(&self) -> bool {
        self.waiters.len() > self.permits + self.checking
    }

    /// Whether a get that enters may begin a create at once.
    pub(super) fn may_create_for_one_more(&self) -> bool {
        self.waiters.len() >= self.permits + self.checking && self.may_create()
    }

    /// Whether nobody can use a create or check any more that began in this generation (law G4).
    pub(crate) fn is_revoked(&self, generation: u64) -> bool {
        self.closed || self.generation != generation
    }

    /// Whether a permit may exist that does not exist yet (law A2, law F2).
    pub(super) fn may_create(&self) -> bool {
        !(self.closed || self.suspended)
            && self.size() < self.settings.max_size
            && self.permits < self.settings.max_creating
            && (self.outage.is_none() || self.permits == 0)
    }

    /// Why a resource that comes in is to end, if it is (laws A2 and Z1).
    pub(super) fn reason_to_evict(&self, resource: &T) -> Option<DiscardReason> {
        if self.closed {
            return Some(DiscardReason::PoolClosed);
        }
        if resource.generation() != self.generation {
            return Some(DiscardReason::Invalidated);
        }
        if resource.expires_at() <= self.now {
            return Some(DiscardReason::Expired);
        }
        self.has_surplus().then_some(DiscardReason::Surplus)
    }

    /// Whether more exist, or are being made, than the maximum allows, which do not end by themselves.
    pub(super) fn has_surplus(&self) -> bool {
        self.will_be() > self.settings.max_size
    }

    /// Whether a resource has been invalidated or has expired.
    #[inline]
    pub(super) fn is_stale(&self, resource: &T) -> bool {
        resource.generation() != self.generation || resource.expires_at() <= self.now
    }

    /// Whether one more waiter would be one too many.
    pub(super) fn is_overloaded(&self) -> bool {
        let without_create = (self.waiters.len() + 1).saturating_sub(self.permits + self.checking);
        self.settings.max_waiting.is_some_and(|most| without_create > most) && !self.may_create()
    }
}
