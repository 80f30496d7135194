//! Leak detection: the callers who hold an item, by their place in the source.

use std::panic::Location;
use std::time::{Duration, Instant};

use slab::Slab;

use crate::shell::sync::Mutex;

/// Who holds an item, for leak detection: what [`Pool::holders`](crate::Pool::holders) lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Holder {
    /// Where `get`, `get_timeout`, `try_get` or `get_blocking` was called.
    pub caller: &'static Location<'static>,
    /// How long the item has been held.
    pub held: Duration,
    /// The serial number of the resource within its pool.
    pub resource: u64,
}

/// Those who hold an item. It has a lock of its own: no law of the pool depends on it, and it exists
/// only with `track_holders`.
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
    /// Notes a loan. Returns the number with which [`end`](Self::end) ends it.
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
