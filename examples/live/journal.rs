//! What is noted of a pool besides what it counts itself: how long gets take, why resources end, and
//! what callers were told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use pool_tokio::{DiscardReason, Event, GetOutcome, Observer};
use serde::Serialize;

/// Notes of one pool. Clones write in the same journal; the pool has one as its observer.
#[derive(Clone, Debug)]
pub(crate) struct Journal(Arc<Mutex<Notes>>);

#[derive(Debug)]
struct Notes {
    /// Waits in microseconds, for each second in which there were any, oldest first.
    waits: VecDeque<(Instant, Histogram<u64>)>,
    discards: [u64; WHY.len()],
    errors: BTreeMap<&'static str, Told>,
}

/// The last error of a kind.
#[derive(Debug)]
struct Told {
    count: u64,
    text: String,
    at: Instant,
}

impl Journal {
    pub(crate) fn new() -> Self {
        let (waits, errors) = (VecDeque::new(), BTreeMap::new());
        Self(Arc::new(Mutex::new(Notes { waits, discards: [0; WHY.len()], errors })))
    }

    /// Notes an error that a caller was told.
    pub(crate) fn note(&self, kind: &'static str, text: String) {
        let mut notes = self.notes();
        let count = notes.errors.get(kind).map_or(0, |told| told.count) + 1;
        notes.errors.insert(kind, Told { count, text, at: Instant::now() });
    }

    /// How long the gets that ended in the last seconds took.
    pub(crate) fn waits(&self) -> Waits {
        let mut notes = self.notes();
        notes.waits.retain(|(begun, _)| begun.elapsed() < WINDOW);
        let mut all = empty();
        for (_, waits) in &notes.waits {
            all.add(waits).expect("both grow as they need to");
        }
        let at = |quantile| (!all.is_empty()).then(|| ms(all.value_at_quantile(quantile)));
        Waits { gets: all.len(), p50: at(0.5), p99: at(0.99), max: at(1.0) }
    }

    /// Every reason for which a resource may end, and how often it was one.
    pub(crate) fn discards(&self) -> Vec<Discards> {
        let counts = self.notes().discards;
        WHY.iter()
            .zip(counts)
            .map(|((reason, why), count)| Discards { reason: format!("{reason:?}"), why, count })
            .collect()
    }

    /// The last error of each kind, the latest first.
    pub(crate) fn errors(&self) -> Vec<Errors> {
        let notes = self.notes();
        let mut errors: Vec<_> = notes
            .errors
            .iter()
            .map(|(&kind, Told { count, text, at })| Errors {
                kind,
                count: *count,
                text: text.clone(),
                ago_ms: at.elapsed().as_millis(),
            })
            .collect();
        errors.sort_by_key(|error| error.ago_ms);
        errors
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().expect("nothing panics while it notes")
    }
}

impl Observer for Journal {
    fn observe(&self, event: &Event) {
        match event {
            // Who has left is not told how long it took.
            Event::Get { outcome: GetOutcome::Cancelled, .. } => {}
            Event::Get { waited, .. } => self.notes().waited(*waited),
            Event::Discard { reason } => {
                if let Some(known) = WHY.iter().position(|(known, _)| known == reason) {
                    self.notes().discards[known] += 1;
                }
            }
            _ => {}
        }
    }
}

impl Notes {
    fn waited(&mut self, time: Duration) {
        if self.waits.back().is_none_or(|(begun, _)| begun.elapsed() >= SECOND) {
            self.waits.push_back((Instant::now(), empty()));
        }
        let (_, waits) = self.waits.back_mut().expect("there is one by now");
        // No wait is too long: it grows up to all that fits into 64 bits.
        waits.record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX)).ok();
    }
}

/// How long gets took, in milliseconds; nothing if there were none.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Waits {
    pub(crate) gets: u64,
    pub(crate) p50: Option<f64>,
    pub(crate) p99: Option<f64>,
    pub(crate) max: Option<f64>,
}

/// How many resources ended for one reason.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Discards {
    pub(crate) reason: String,
    pub(crate) why: &'static str,
    pub(crate) count: u64,
}

/// What callers were told, for one kind of error.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Errors {
    pub(crate) kind: &'static str,
    pub(crate) count: u64,
    pub(crate) text: String,
    pub(crate) ago_ms: u128,
}

fn empty() -> Histogram<u64> {
    Histogram::new(3).expect("3 digits are possible")
}

#[expect(clippy::cast_precision_loss, reason = "no wait is read to 15 digits")]
fn ms(microseconds: u64) -> f64 {
    microseconds as f64 / 1e3
}

/// How long a wait counts among the latest.
const WINDOW: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

/// The reasons, in words for who has not read the documentation.
const WHY: [(DiscardReason, &str); 11] = [
    (DiscardReason::Unfit, "its check failed"),
    (DiscardReason::Discarded, "its holder saw it fail"),
    (DiscardReason::CutShort, "an operation was given up halfway"),
    (DiscardReason::Expired, "it was as old as it may get"),
    (DiscardReason::Idle, "nobody wanted it"),
    (DiscardReason::Surplus, "the pool has shrunk"),
    (DiscardReason::HolderPanicked, "its holder panicked"),
    (DiscardReason::Invalidated, "all were called in"),
    (DiscardReason::NotReusable, "it said so itself"),
    (DiscardReason::NotReset, "it could not be cleaned"),
    (DiscardReason::PoolClosed, "the pool is closed"),
];
