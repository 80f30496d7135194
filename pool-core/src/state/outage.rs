//! What is remembered while creates fail: since when, why, and when to try again.

use std::time::{Duration, Instant};

use crate::settings::Settings;

/// When a create failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed {
    /// When it had begun.
    pub(crate) begun: Instant,
    pub(crate) now: Instant,
    /// From 0 to 1: spreads the next attempt.
    pub(crate) chance: f64,
}

#[derive(Clone, Debug)]
pub(crate) struct Outage<E> {
    /// The last failure's.
    pub(crate) cause: E,
    /// No create starts earlier.
    pub(crate) not_before: Instant,
    /// Since when creates have been failing and nobody was served what came back.
    hopeless_since: Instant,
    last_failure: Instant,
    failures: u32,
    /// Since the last failure.
    has_served: bool,
}

impl<E> Outage<E> {
    /// The outage after one more failure, and the cause it replaces.
    ///
    /// Creates that were under way together fail together: that is one failure, and one pause. The
    /// next one to count is that of a create which `begun` after the last.
    ///
    /// From one failure to the next it takes at most a pause and a create. If the last failure is
    /// further back than that, nobody tried in between, and this is another outage.
    pub(crate) fn after(
        before: Option<Self>,
        cause: E,
        settings: &Settings,
        Failed { begun, now, chance }: Failed,
    ) -> (Self, Option<E>) {
        let (hopeless_since, failures, replaced) = match before {
            Some(mut outage) if begun < outage.last_failure => {
                let replaced = std::mem::replace(&mut outage.cause, cause);
                return (outage, Some(replaced));
            }
            Some(outage) if outage.goes_on(settings, now) => {
                let since = if outage.has_served { now } else { outage.hopeless_since };
                (since, outage.failures.saturating_add(1), Some(outage.cause))
            }
            Some(outage) => (now, 1, Some(outage.cause)),
            None => (now, 1, None),
        };
        let pause = settings.create_backoff.map(|backoff| backoff.pause(failures, chance));
        let not_before = now + pause.unwrap_or_default();
        let (last_failure, has_served) = (now, false);
        (Self { cause, not_before, hopeless_since, last_failure, failures, has_served }, replaced)
    }

    /// A waiter was served something that came back: waiting is not in vain.
    pub(crate) fn serve(&mut self) {
        self.has_served = true;
    }

    /// Whether creates have been failing, and nobody was served, for the whole of `patience`.
    pub(crate) fn is_hopeless(&self, now: Instant, patience: Duration) -> bool {
        now.saturating_duration_since(self.hopeless_since) >= patience
    }

    /// Whether so little time has passed since the last failure that somebody may have been trying.
    pub(super) fn goes_on(&self, settings: &Settings, now: Instant) -> bool {
        let silence = now.saturating_duration_since(self.last_failure);
        let pause = settings.create_backoff.map_or(Duration::ZERO, |backoff| backoff.longest);
        settings.create_timeout.is_none_or(|attempt| silence <= attempt.saturating_add(pause))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Failed, Outage};
    use crate::settings::Settings;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// A day on which creates fail: at so many milliseconds, of a create that began at so many.
    struct Day(Instant, Settings);

    impl Day {
        /// An attempt takes 300 ms at most, a pause 50.
        fn new() -> Self {
            #[expect(clippy::disallowed_methods, reason = "any instant will do")]
            let start = Instant::now();
            Self(start, Settings { create_timeout: Some(ms(300)), ..Settings::default() })
        }

        fn fail(&self, before: Option<Outage<u64>>, begun: u64, now: u64) -> Outage<u64> {
            let failed = Failed { begun: self.0 + ms(begun), now: self.0 + ms(now), chance: 1.0 };
            Outage::after(before, now, &self.1, failed).0
        }
    }

    #[test]
    fn creates_that_fail_together_are_one_failure_with_the_latest_cause() {
        let day = Day::new();
        let first = day.fail(None, 0, 10);
        assert_eq!(first.not_before, day.0 + ms(11));
        let together = day.fail(Some(first), 9, 12);
        assert_eq!((together.failures, together.cause), (1, 12));
        assert_eq!(together.not_before, day.0 + ms(11));
        let next = day.fail(Some(together), 10, 14);
        assert_eq!((next.failures, next.not_before), (2, day.0 + ms(16)));
        assert!(next.is_hopeless(day.0 + ms(310), ms(300)), "it began with the first");
    }

    #[test]
    fn a_silence_of_more_than_a_pause_and_a_create_ends_an_outage() {
        let day = Day::new();
        let goes_on = day.fail(Some(day.fail(None, 0, 0)), 200, 350);
        assert_eq!(goes_on.failures, 2);
        assert!(goes_on.is_hopeless(day.0 + ms(350), ms(350)));
        let another = day.fail(Some(day.fail(None, 0, 0)), 200, 351);
        assert_eq!(another.failures, 1);
        assert!(!another.is_hopeless(day.0 + ms(351), ms(1)));
    }

    #[test]
    fn an_outage_in_which_somebody_was_served_is_hopeless_since_the_next_failure() {
        let day = Day::new();
        let mut served = day.fail(None, 0, 0);
        served.serve();
        let next = day.fail(Some(served), 5, 10);
        assert!(!next.is_hopeless(day.0 + ms(10), ms(1)));
        let unserved = day.fail(Some(next), 15, 20);
        assert!(unserved.is_hopeless(day.0 + ms(20), ms(10)), "nobody was served since");
    }
}
