//! A figure that a run measured, what it must be, and what several runs of it come to.

use std::fmt;
use std::time::Duration;

/// What one run measured.
#[derive(Clone, Copy)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    unit: Unit,
    must: Must,
    judged: Judged,
    /// `None` where the contender has nothing that could be measured, infinite for "never".
    value: Option<f64>,
}

#[derive(Clone, Copy)]
enum Unit {
    Milliseconds,
    Count,
    Ratio,
}

/// What a figure must be.
#[derive(Clone, Copy)]
enum Must {
    /// It only explains another.
    Tell,
    AtMost(f64),
    Between(f64, f64),
}

/// What of several runs must be so.
#[derive(Clone, Copy)]
enum Judged {
    /// The median: a machine that does something else for a moment says nothing about a pool.
    Median,
    /// Every one.
    Each,
}

impl Figure {
    /// A time, of which the median counts. `None` is never.
    pub(crate) fn time(name: &'static str, time: Option<Duration>) -> Self {
        let value = time.map_or(f64::INFINITY, milliseconds);
        Self::new(name, Unit::Milliseconds, Judged::Median, value)
    }

    /// A number of things, of which every run counts.
    pub(crate) fn count(name: &'static str, count: usize) -> Self {
        let count = u32::try_from(count).map_or(f64::INFINITY, f64::from);
        Self::new(name, Unit::Count, Judged::Each, count)
    }

    /// How many times as long something took as something else in the same run.
    pub(crate) fn ratio(name: &'static str, time: Duration, other: Duration) -> Self {
        let ratio = time.as_secs_f64() / other.as_secs_f64();
        Self::new(name, Unit::Ratio, Judged::Median, ratio)
    }

    const fn new(name: &'static str, unit: Unit, judged: Judged, value: f64) -> Self {
        Self { name, unit, must: Must::Tell, judged, value: Some(value) }
    }

    pub(crate) const fn at_most(self, most: f64) -> Self {
        Self { must: Must::AtMost(most), ..self }
    }

    pub(crate) const fn between(self, least: f64, most: f64) -> Self {
        Self { must: Must::Between(least, most), ..self }
    }

    pub(crate) const fn exactly(self, value: f64) -> Self {
        self.between(value, value)
    }

    /// Has every run count, not the median alone.
    pub(crate) const fn each_time(self) -> Self {
        Self { judged: Judged::Each, ..self }
    }

    /// The figure of a contender that cannot do this, whatever was measured.
    pub(crate) const fn only_if(self, can: bool) -> Self {
        if can { self } else { Self { value: None, ..self } }
    }

    /// What it must be, in words.
    pub(crate) fn must(&self) -> String {
        let shown = |value| Shown { value, unit: self.unit };
        match self.must {
            Must::Tell => String::new(),
            Must::AtMost(most) => format!("<= {}", shown(most)),
            Must::Between(least, most) if least < most => {
                format!("{} to {}", shown(least).number(), shown(most))
            }
            Must::Between(only, _) => shown(only).to_string(),
        }
    }
}

/// What several runs of one figure come to.
pub(crate) struct Summary {
    pub(crate) text: String,
    /// Whether it is as it must be; `None` where nothing must be.
    pub(crate) verdict: Option<bool>,
}

impl Summary {
    /// Sums up the same figure of several runs.
    pub(crate) fn of(runs: &[Figure]) -> Self {
        let mut values: Vec<f64> = runs.iter().filter_map(|figure| figure.value).collect();
        values.sort_unstable_by(f64::total_cmp);
        let (Some(figure), Some(&least), Some(&most)) =
            (runs.first(), values.first(), values.last())
        else {
            return Self { text: String::from("-"), verdict: None };
        };
        let shown = |value| Shown { value, unit: figure.unit };
        let (text, judged) = match figure.judged {
            Judged::Median => {
                let median = values[values.len() / 2];
                (shown(median).to_string(), vec![median])
            }
            Judged::Each if shown(least).to_string() == shown(most).to_string() => {
                (shown(most).to_string(), values)
            }
            Judged::Each => (format!("{} to {}", shown(least).number(), shown(most)), values),
        };
        let verdict = match figure.must {
            Must::Tell => None,
            Must::AtMost(most) => Some(judged.iter().all(|&value| value <= most)),
            Must::Between(least, most) => {
                Some(judged.iter().all(|&value| (least..=most).contains(&value)))
            }
        };
        Self { text, verdict }
    }
}

/// A value as the table shows it.
struct Shown {
    value: f64,
    unit: Unit,
}

impl Shown {
    fn number(&self) -> String {
        let Self { value, unit } = *self;
        match unit {
            _ if value.is_infinite() => String::from("never"),
            // Tenths of a millisecond say something only of a few milliseconds.
            Unit::Milliseconds if value < 50.0 && value.fract() != 0.0 => format!("{value:.1}"),
            Unit::Milliseconds | Unit::Count => format!("{value:.0}"),
            Unit::Ratio => format!("{value:.2}"),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.number())?;
        match self.unit {
            _ if self.value.is_infinite() => Ok(()),
            Unit::Milliseconds => f.write_str(" ms"),
            Unit::Count => Ok(()),
            Unit::Ratio => f.write_str(" x"),
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
