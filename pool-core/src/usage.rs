//! How long a resource has lived and how often it was lent.

use std::fmt;
use std::time::{Duration, Instant};

use crate::runtime::Runtime;

/// So long after its create or check a resource that waits to be fetched needs no other check; as long
/// as `HikariCP` trusts a connection that was in use (`aliveBypassWindowMs`).
const FRESH: Duration = Duration::from_millis(500);

/// A resource's life so far: what [`Item::usage`](crate::Item::usage) shows, and a health check is given.
pub struct Usage<'a> {
    life: &'a Life,
    runtime: &'a dyn Runtime,
}

/// What is remembered of a resource's life.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    /// Its serial number within the pool.
    pub(crate) number: u64,
    pub(crate) created_at: Instant,
    /// When its create, or a check that was pending, ended well last.
    pub(crate) fit_at: Instant,
    pub(crate) times_used: u64,
    /// Whether a health check by idle time needs `returned_at` (law S3).
    pub(crate) notes_return: bool,
    pub(crate) returned_at: Option<Instant>,
    /// How many health checks had failed in the pool when this resource was last known good.
    pub(crate) known_good_at: u64,
    /// While it is lent, if there is an observer or `track_holders` (law S3).
    pub(crate) loan: Option<Loan>,
    /// The tick of the pool's coarse clock from which on the resource must not be lent.
    pub(crate) expires_at: u64,
    /// The tick at which it was first seen idle, and `times_used` then. If `times_used` has changed, it
    /// was lent since. So the hit path need not keep this up to date.
    seen_idle: (u64, u64),
}

/// Since when a resource is lent, and under which number its holder is listed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loan {
    pub(crate) since: Instant,
    pub(crate) holder: Option<usize>,
}

impl Life {
    /// A life that begins; the state machine stamps it with the rest.
    pub(crate) fn new(created_at: Instant) -> Self {
        Self {
            number: 0,
            created_at,
            fit_at: created_at,
            times_used: 0,
            notes_return: false,
            returned_at: None,
            known_good_at: 0,
            loan: None,
            expires_at: u64::MAX,
            seen_idle: (0, u64::MAX),
        }
    }

    /// Whether the get that was given it has left it for so long that it is to be checked again.
    pub(crate) fn has_lain(&self, runtime: &dyn Runtime) -> bool {
        runtime.now().saturating_duration_since(self.fit_at) >= FRESH
    }

    pub(crate) fn idle(&self, runtime: &dyn Runtime) -> Option<Duration> {
        let returned_at = self.returned_at?;
        Some(runtime.now().saturating_duration_since(returned_at))
    }

    /// When the resource was first seen idle since it was last lent, which may be `now`.
    pub(crate) fn idle_since(&mut self, now: u64) -> u64 {
        if self.seen_idle.1 != self.times_used {
            self.seen_idle = (now, self.times_used);
        }
        self.seen_idle.0
    }
}

impl<'a> Usage<'a> {
    pub(crate) fn new(life: &'a Life, runtime: &'a dyn Runtime) -> Self {
        Self { life, runtime }
    }

    /// The time since the resource was created. This call reads the clock, so that a get need not.
    pub fn age(&self) -> Duration {
        self.runtime.now().saturating_duration_since(self.life.created_at)
    }

    /// The time since the resource was last returned; `None` if it has not been.
    ///
    /// Also `None` unless the policy is
    /// [`RecyclePolicy::IfIdleFor`](crate::RecyclePolicy::IfIdleFor) and the resource has a health check
    /// of its own, as it costs a reading of the clock on each return.
    pub fn idle(&self) -> Option<Duration> {
        self.life.idle(self.runtime)
    }

    /// How often the resource was lent (checked out), its present loan included.
    pub fn times_used(&self) -> u64 {
        self.life.times_used
    }
}

impl fmt::Debug for Usage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Usage")
            .field("created_at", &self.life.created_at)
            .field("times_used", &self.life.times_used)
            .finish_non_exhaustive()
    }
}
