//! The limits and timeouts of a pool: one set of values, at build time and at run time.

use std::time::Duration;

use crate::error::BuildError;
use crate::shell::check::RecyclePolicy;
use crate::state::Backoff;

/// A pool's limits and timeouts: what [`Builder`](crate::Builder) sets, and
/// [`Pool::reconfigure`](crate::Pool::reconfigure) changes while the pool is in use.
///
/// The setters of the same names tell what each is for. `None` is "never" or "without limit".
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// Resources at most ([`Builder::max_size`](crate::Builder::max_size)).
    pub max_size: usize,
    /// Resources that are kept, idle or in use ([`Builder::min_size`](crate::Builder::min_size)).
    pub min_size: usize,
    /// Idle resources that are kept ready ([`Builder::min_idle`](crate::Builder::min_idle)).
    pub min_idle: usize,
    /// Creates at the same time ([`Builder::max_creating`](crate::Builder::max_creating)).
    pub max_creating: usize,
    /// Gets that may wait for a return ([`Builder::max_waiting`](crate::Builder::max_waiting)).
    pub max_waiting: Option<usize>,
    /// For a whole get that begins from here on
    /// ([`Builder::get_timeout`](crate::Builder::get_timeout)).
    pub get_timeout: Option<Duration>,
    /// For one create ([`Builder::create_timeout`](crate::Builder::create_timeout)).
    pub create_timeout: Option<Duration>,
    /// For one check ([`Builder::recycle_timeout`](crate::Builder::recycle_timeout)).
    pub recycle_timeout: Option<Duration>,
    /// For one reset ([`Builder::reset_timeout`](crate::Builder::reset_timeout)).
    pub reset_timeout: Option<Duration>,
    /// For one close of a resource ([`Builder::close_timeout`](crate::Builder::close_timeout)).
    pub close_timeout: Option<Duration>,
    /// For resources that are created from here on: others keep the one they were made with
    /// ([`Builder::max_lifetime`](crate::Builder::max_lifetime)).
    pub max_lifetime: Option<Duration>,
    /// The part of a lifetime that is left to chance
    /// ([`Builder::lifetime_jitter`](crate::Builder::lifetime_jitter)).
    pub lifetime_jitter: f64,
    /// For a resource that nobody wants ([`Builder::idle_timeout`](crate::Builder::idle_timeout)).
    pub idle_timeout: Option<Duration>,
    /// When a returned resource is checked
    /// ([`Builder::recycle_policy`](crate::Builder::recycle_policy)).
    pub recycle_policy: RecyclePolicy,
    /// Pauses between creates while they fail
    /// ([`Builder::create_backoff`](crate::Builder::create_backoff)).
    pub create_backoff: Option<Backoff>,
    /// Whether a resource ends whose holder panics
    /// ([`Builder::discard_on_panic`](crate::Builder::discard_on_panic)).
    pub discard_on_panic: bool,
}

/// The defaults, as [`Builder`](crate::Builder) lists them.
impl Default for Settings {
    fn default() -> Self {
        Self {
            max_size: 4,
            min_size: 0,
            min_idle: 0,
            max_creating: usize::MAX,
            max_waiting: None,
            get_timeout: Some(Duration::from_secs(30)),
            create_timeout: Some(Duration::from_secs(10)),
            recycle_timeout: Some(Duration::from_secs(5)),
            reset_timeout: Some(Duration::from_secs(5)),
            close_timeout: Some(Duration::from_secs(5)),
            max_lifetime: None,
            lifetime_jitter: 0.025,
            idle_timeout: None,
            recycle_policy: RecyclePolicy::default(),
            create_backoff: Some(Backoff::default()),
            discard_on_panic: true,
        }
    }
}

impl Settings {
    /// The settings as they are kept, or why they cannot be: no minimum is raised above the maximum.
    /// The maximum may go below a minimum, which then holds as far as the maximum allows.
    pub(crate) fn checked(mut self, before: &Self) -> Result<Self, BuildError> {
        let Self { max_size, min_size, min_idle, max_creating, .. } = self;
        if min_size > max_size && min_size > before.min_size {
            return Err(BuildError::MinAboveMax { min_size, max_size });
        }
        if min_idle > max_size && min_idle > before.min_idle {
            return Err(BuildError::MinIdleAboveMax { min_idle, max_size });
        }
        if max_creating == 0 {
            return Err(BuildError::NoCreates);
        }
        let jitter = self.lifetime_jitter;
        self.lifetime_jitter = if jitter.is_nan() { 0.0 } else { jitter.clamp(0.0, 1.0) };
        Ok(self)
    }
}
