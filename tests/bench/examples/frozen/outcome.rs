//! What a situation came to, and what it should come to.

use std::fmt;
use std::time::Duration;

/// What a situation came to for one pool.
#[derive(Clone, Copy)]
pub(crate) enum Outcome {
    /// What was waited for came after so long.
    After(Duration),
    /// It did not come within this.
    NotWithin(Duration),
    /// So many.
    Count(usize),
    /// A panic came out of it.
    Panic,
}

/// What it should come to.
#[derive(Clone, Copy)]
pub(crate) enum Should {
    Within(Duration),
    Count(usize),
}

impl Outcome {
    pub(crate) fn is(self, should: Should) -> bool {
        match (self, should) {
            // A timer may be late by a tick, whoever waits for it.
            (Self::After(time), Should::Within(most)) => time <= most + TIMER_TICK,
            (Self::Count(count), Should::Count(right)) => count == right,
            _ => false,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(time) => write!(f, "{} ms", time.as_millis()),
            Self::NotWithin(time) => write!(f, "never ({} s)", time.as_secs()),
            Self::Count(count) => count.fmt(f),
            Self::Panic => f.write_str("panics"),
        }
    }
}

impl fmt::Display for Should {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within(time) => write!(f, "<= {} ms", time.as_millis()),
            Self::Count(count) => count.fmt(f),
        }
    }
}

const TIMER_TICK: Duration = Duration::from_millis(1);
