//! The limits and timeouts of a pool: one set of values, at build time and at run time.

use std::time::Duration;

use crate::error::BuildError;

/// A pool's limits and timeouts, as [`Pool::settings`](crate::Pool::settings) shows them.
///
/// [`Builder`](crate::Builder) sets them, [`Pool::reconfigure`](crate::Pool::reconfigure) changes them
/// while the pool is in use. The setter of the same name tells what each is for. `None` is "never" or "no
/// limit".
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// Resources that may exist: [`Builder::max_size`](crate::Builder::max_size).
    pub max_size: usize,
    /// Resources that are kept: [`Builder::min_size`](crate::Builder::min_size).
    pub min_size: usize,
    /// Idle resources that are kept: [`Builder::min_idle`](crate::Builder::min_idle).
    pub min_idle: usize,
    /// Creates in flight: [`Builder::max_creating`](crate::Builder::max_creating).
    pub max_creating: usize,
    /// Gets that wait for a return: [`Builder::max_waiting`](crate::Builder::max_waiting).
    pub max_waiting: Option<usize>,
    /// For a get that begins after this: [`Builder::get_timeout`](crate::Builder::get_timeout).
    pub get_timeout: Option<Duration>,
    /// For one create: [`Builder::create_timeout`](crate::Builder::create_timeout).
    pub create_timeout: Option<Duration>,
    /// For one health check: [`Builder::recycle_timeout`](crate::Builder::recycle_timeout).
    pub recycle_timeout: Option<Duration>,
    /// For one reset: [`Builder::reset_timeout`](crate::Builder::reset_timeout).
    pub reset_timeout: Option<Duration>,
    /// For one close of a resource: [`Builder::close_timeout`](crate::Builder::close_timeout).
    pub close_timeout: Option<Duration>,
    /// For what is created after this: [`Builder::max_lifetime`](crate::Builder::max_lifetime).
    pub max_lifetime: Option<Duration>,
    /// The random part of it, 0 to 1: [`Builder::lifetime_jitter`](crate::Builder::lifetime_jitter).
    pub lifetime_jitter: f64,
    /// For an idle resource: [`Builder::idle_timeout`](crate::Builder::idle_timeout).
    pub idle_timeout: Option<Duration>,
    /// When health checks are due: [`Builder::recycle_policy`](crate::Builder::recycle_policy).
    pub recycle_policy: RecyclePolicy,
    /// Pauses in an outage: [`Builder::create_backoff`](crate::Builder::create_backoff).
    pub create_backoff: Option<Backoff>,
    /// For what a get was given and does not fetch: [`Builder::patience`](crate::Builder::patience).
    pub patience: Option<Duration>,
    /// When a holder panics: [`Builder::discard_on_panic`](crate::Builder::discard_on_panic).
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
            patience: Some(Duration::from_millis(10)),
            discard_on_panic: true,
        }
    }
}

impl Settings {
    /// The settings as they are kept, or why they are refused: no minimum is raised above the maximum.
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

    /// Whether resources are evicted by their age, so that the maintenance task has to run.
    pub(crate) fn limits_age(&self) -> bool {
        self.idle_timeout.is_some() || self.max_lifetime.is_some()
    }

    /// The tick at which a resource expires that was created at `tick`. Its lifetime is shortened by
    /// chance, once (law F4), so that those created together are not evicted together.
    pub(crate) fn expiry(&self, tick: u64, chance: f64) -> u64 {
        let Some(lifetime) = self.max_lifetime else { return u64::MAX };
        let spared = 1.0 - self.lifetime_jitter * chance;
        #[expect(clippy::cast_precision_loss, reason = "a part of a lifetime is no exact thing")]
        let lifetime = ticks(lifetime) as f64 * spared;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it saturates, and is not negative"
        )]
        let lifetime = lifetime.ceil() as u64;
        // At least a tick, so that what was created is lent once.
        tick.saturating_add(lifetime.max(1))
    }
}

/// The order in which idle resources are lent (checked out) again: [`Builder::order`](crate::Builder::order).
///
/// It concerns resources only: waiters are always served first in, first out (FIFO).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// The resource that has been idle longest is lent first: all are used about equally.
    #[default]
    Fifo,
    /// The resource that was returned last is lent first: it is the warmest, and the others may
    /// reach their `idle_timeout` (eventlet's `order_as_stack`).
    Lifo,
}

/// When a returned resource gets a health check ([`Pooled::recycle`](crate::Pooled::recycle)).
///
/// The check comes before the resource is lent again. Whatever the policy: once one resource has failed
/// its check, every other that was last known good before that is checked before its next use. So after a
/// restart of the server no stale connection is lent.
///
/// # Examples
///
/// ```
#[doc = include_str!("pool/example.md")]
/// # run(async {
/// let pool = Pool::from_fn(connect)
///     .recycle_policy(RecyclePolicy::IfIdleFor(Duration::from_millis(500)))
///     .build()?;
/// # assert!(matches!(pool.settings().recycle_policy, RecyclePolicy::IfIdleFor(_)));
/// # Ok(()) });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecyclePolicy {
    /// Each time: nothing unfit is lent, at the price of a check in each get.
    #[default]
    Always,
    /// If it has been idle for at least so long. Under load, where resources are hardly ever idle,
    /// checks are rare. Has the pool read the clock on each return and before each use.
    IfIdleFor(Duration),
    /// Only after another resource has failed its check.
    Never,
}

/// The pauses between creates during an outage, while they fail: exponential, with jitter.
///
/// The upper half of each pause is left to chance, so that many pools do not try at the same moments.
///
/// # Examples
///
/// ```
/// # use std::time::Duration;
/// # use pool_core::Backoff;
/// let gentle = Backoff::new(Duration::from_millis(10), Duration::from_secs(1));
/// assert_eq!(Backoff::default(), Backoff::new(Duration::from_millis(1), Duration::from_millis(50)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    pub(crate) longest: Duration,
}

impl Backoff {
    /// Pauses that double from `first` with each failure, up to `longest`.
    ///
    /// A backend that is up again is found after `longest`, or sooner. A `first` above `longest`
    /// counts as `longest`.
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest }
    }

    pub(crate) fn pause(&self, failures: u32, chance: f64) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let pause = self.first.saturating_mul(1 << doublings).min(self.longest).min(FOR_EVER);
        pause.mul_f64(f64::midpoint(1.0, chance.clamp(0.0, 1.0)))
    }
}

/// 1 ms, doubling up to 50 ms.
impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_millis(1), Duration::from_millis(50))
    }
}

/// The longest pause: what every clock can count.
const FOR_EVER: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// A duration in ticks of a millisecond; the greatest number if it is longer.
pub(crate) fn ticks(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Backoff;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_their_upper_half_is_left_to_chance() {
        let backoff = Backoff::new(ms(3), ms(20));
        let pauses = |chance| [1, 2, 3, 4, 5, u32::MAX].map(|failed| backoff.pause(failed, chance));
        assert_eq!(pauses(1.0), [3, 6, 12, 20, 20, 20].map(ms));
        assert_eq!(pauses(0.0), [3, 6, 12, 20, 20, 20].map(|longest| ms(longest) / 2));
    }

    #[test]
    fn no_pause_is_longer_than_a_year() {
        let year = Duration::from_secs(31_536_000);
        assert_eq!(Backoff::new(Duration::MAX, Duration::MAX).pause(1, 1.0), year);
    }
}
