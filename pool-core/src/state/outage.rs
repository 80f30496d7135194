//! What is remembered while creates fail: since when, why, and when to try again.

use std::time::{Duration, Instant};

/// The pause after the first failure. It doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
/// The longest pause: a backend that has healed is found this soon.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

#[derive(Clone, Debug)]
pub(crate) struct Outage<E> {
    /// The last failure's.
    pub(crate) cause: E,
    /// No create starts earlier.
    pub(crate) not_before: Instant,
    since: Instant,
    last_failure: Instant,
    failures: u32,
}

impl<E> Outage<E> {
    /// The outage after one more failure, and the cause it replaces.
    ///
    /// An attempt takes at most `patience`. If the last failure is further back than that, nobody
    /// tried in between, and this is another outage.
    pub(crate) fn after(
        before: Option<Self>,
        cause: E,
        patience: Option<Duration>,
        now: Instant,
        chance: f64,
    ) -> (Self, Option<E>) {
        let (since, failures, replaced) = match before {
            Some(outage) if outage.goes_on(patience, now) => {
                (outage.since, outage.failures.saturating_add(1), Some(outage.cause))
            }
            Some(outage) => (now, 1, Some(outage.cause)),
            None => (now, 1, None),
        };
        let not_before = now + pause(failures, chance);
        (Self { cause, not_before, since, last_failure: now, failures }, replaced)
    }

    pub(crate) fn lasted(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }

    fn goes_on(&self, patience: Option<Duration>, now: Instant) -> bool {
        let silence = now.saturating_duration_since(self.last_failure);
        patience.is_none_or(|patience| silence <= patience.saturating_add(LONGEST_PAUSE))
    }
}

/// Exponential, with the upper half left to chance, so that many pools do not knock in step.
fn pause(failures: u32, chance: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let longest = (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE);
    longest.mul_f64(f64::midpoint(1.0, chance.clamp(0.0, 1.0)))
}
