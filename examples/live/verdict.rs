//! What is wrong with the pool, in sentences, the worst first.

use pool_tokio::{Counters, Status};
use serde::Serialize;

use crate::journal::{Errors, Waits};
use crate::snapshot::Holding;

/// Something that who is on call should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    level: Level,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Bad,
    Strained,
    Good,
}

/// What it is judged by.
#[derive(Debug)]
pub(crate) struct Evidence<'a> {
    pub(crate) status: Status,
    /// What was counted some seconds ago, and now.
    pub(crate) before: Counters,
    pub(crate) now: Counters,
    pub(crate) waits: &'a Waits,
    pub(crate) holders: &'a [Holding],
    /// The latest first.
    pub(crate) errors: &'a [Errors],
}

impl Evidence<'_> {
    /// All that is wrong, or that nothing is.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let findings = [self.gets(), self.creates(), self.size(), self.queue()];
        let findings: Vec<_> = findings.into_iter().flatten().collect();
        if !findings.is_empty() {
            return findings;
        }
        let Status { in_use, max_size, .. } = self.status;
        vec![found(Level::Good, format!("All is well: {in_use} of {max_size} in use."))]
    }

    fn gets(&self) -> Option<Finding> {
        let failed = |counters: &Counters| counters.failed + counters.timed_out;
        let count = failed(&self.now) - failed(&self.before);
        (count > 0).then(|| {
            let last = self.errors.iter().find(|error| error.kind.starts_with("get"));
            let last = last.map_or("unknown", |error| &error.text);
            let text = format!("Callers get errors, {count} in 3 s. The last: {last}.");
            found(Level::Bad, text)
        })
    }

    fn creates(&self) -> Option<Finding> {
        let count = self.now.create_failed - self.before.create_failed;
        (count > 0).then(|| {
            let text = format!("Creates fail or take too long, {count} in 3 s.");
            found(Level::Bad, text)
        })
    }

    fn size(&self) -> Option<Finding> {
        let Status { size, max_size, waiting, suspended, .. } = self.status;
        let text = if suspended {
            format!("The pool is suspended: {waiting} gets wait until it is resumed.")
        } else if max_size == 0 {
            format!("The pool has no room: its maximum is 0, and {waiting} gets wait.")
        } else if size > max_size {
            format!("The pool is shrinking: {} are to come back and end.", size - max_size)
        } else {
            return None;
        };
        Some(found(Level::Strained, text))
    }

    fn queue(&self) -> Option<Finding> {
        let Status { in_use, max_size, waiting, suspended, .. } = self.status;
        let p99 = self.waits.p99.filter(|&p99| p99 >= LONG_MS)?;
        let longest = self.holders.first()?;
        let is_full = in_use >= max_size && max_size > 0;
        (is_full && waiting > 0 && !suspended).then(|| {
            let Holding { place, held_ms, .. } = longest;
            let text = format!(
                "All {in_use} are in use and {waiting} gets wait, 1 in 100 for {p99:.0} ms and \
                 longer. The longest has been held for {held_ms} ms, since {place}."
            );
            found(Level::Strained, text)
        })
    }
}

fn found(level: Level, text: String) -> Finding {
    Finding { level, text }
}

/// From when on a wait is one to be told of, in milliseconds.
const LONG_MS: f64 = 200.0;
