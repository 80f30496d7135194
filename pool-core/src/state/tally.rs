//! What is counted. What follows from other counts is not stored: gets that were served and
//! resources that ended are what is left over.

use crate::counters::Counters;
use crate::event::GetOutcome;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) started: u64,
    /// Gets that have begun and not ended, wherever they are.
    under_way: usize,
    timed_out: u64,
    cancelled: u64,
    failed: u64,
    pub(super) tried: u64,
    pub(super) refused: u64,
    pub(super) created: u64,
    pub(super) create_failed: u64,
    pub(super) inserted: u64,
    pub(super) detached: u64,
}

impl Tally {
    /// A get that has started could not be served at once.
    pub(super) fn wait(&mut self) {
        self.under_way += 1;
    }

    /// A get that was waiting has ended.
    pub(super) fn end(&mut self, outcome: GetOutcome) {
        self.under_way -= 1;
        match outcome {
            GetOutcome::Served => {}
            GetOutcome::TimedOut => self.timed_out += 1,
            GetOutcome::Cancelled => self.cancelled += 1,
            GetOutcome::Failed => self.failed += 1,
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.under_way
    }

    /// All counts, where so many resources `exist`.
    pub(super) fn counters(&self, exist: usize) -> Counters {
        let Self { started, under_way, timed_out, cancelled, failed, .. } = *self;
        let Self { tried, refused, created, create_failed, inserted, detached, .. } = *self;
        let waiting = under_way as u64;
        Counters {
            started,
            served: started - timed_out - cancelled - failed - waiting,
            timed_out,
            cancelled,
            failed,
            waiting,
            tried,
            refused,
            created,
            create_failed,
            inserted,
            ended: created + inserted - detached - exist as u64,
            detached,
        }
    }
}
