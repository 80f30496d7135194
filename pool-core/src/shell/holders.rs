//! Who holds what: the callers whose items are out, by their place in the source.

use std::panic::Location;
use std::time::{Duration, Instant};

use slab::Slab;

use crate::shell::sync::Mutex;

/// Somebody who holds an item: what [`Pool::holders`](crate::Pool::holders) lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Holder {
    /// Where `get`, `get_timeout`, `try_get` or `get_blocking` was called.
    pub caller: &'static Location<'static>,
    /// How long the item has been held.
    pub held: Duration,
    /// Which resource it is: each has a number of its own, later ones a higher.
    pub resource: u64,
}

/// Those who hold an item. Behind a lock of its own, as it concerns no other law of the pool and
/// exists only where it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Holders {
    holdings: Mutex<Slab<Holding>>,
}

#[derive(Clone, Copy, Debug)]
struct Holding {
    caller: &'static Location<'static>,
    since: Instant,
    resource: u64,
}

impl Holders {
    /// Notes a loan, and gives the number by which it is ended.
    pub(crate) fn begin(
        &self,
        caller: &'static Location<'static>,
        since: Instant,
        resource: u64,
    ) -> usize {
        self.holdings.lock().insert(Holding { caller, since, resource })
    }

    pub(crate) fn end(&self, loan: usize) {
        self.holdings.lock().remove(loan);
    }

    /// All who hold an item, longest first.
    pub(crate) fn list(&self, now: Instant) -> Vec<Holder> {
        let mut holdings: Vec<_> =
            self.holdings.lock().iter().map(|(_, &holding)| holding).collect();
        holdings.sort_by_key(|holding| holding.since);
        let holder = |Holding { caller, since, resource }| Holder {
            caller,
            held: now.saturating_duration_since(since),
            resource,
        };
        holdings.into_iter().map(holder).collect()
    }
}
