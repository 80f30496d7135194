//! What outcomes and reasons are called in traces and metrics.

use pool_core::{DiscardReason, GetOutcome, Outcome};

/// The attribute for the pool's name, as OpenTelemetry calls it.
pub(crate) const POOL_NAME: &str = "db.client.connection.pool.name";

pub(crate) const fn of_get(outcome: GetOutcome) -> &'static str {
    match outcome {
        GetOutcome::Served => "served",
        GetOutcome::TimedOut => "timed_out",
        GetOutcome::Cancelled => "cancelled",
        GetOutcome::Failed => "failed",
        _ => OTHER,
    }
}

pub(crate) const fn of_outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded => "succeeded",
        Outcome::Failed => "failed",
        Outcome::TimedOut => "timed_out",
        Outcome::Panicked => "panicked",
        Outcome::CutShort => "cut_short",
        _ => OTHER,
    }
}

pub(crate) const fn of_reason(reason: DiscardReason) -> &'static str {
    match reason {
        DiscardReason::Unfit => "unfit",
        DiscardReason::NotReusable => "not_reusable",
        DiscardReason::NotReset => "not_reset",
        DiscardReason::CutShort => "cut_short",
        DiscardReason::Discarded => "discarded",
        DiscardReason::HolderPanicked => "holder_panicked",
        DiscardReason::Expired => "expired",
        DiscardReason::Idle => "idle",
        DiscardReason::Surplus => "surplus",
        DiscardReason::Invalidated => "invalidated",
        DiscardReason::PoolClosed => "pool_closed",
        _ => OTHER,
    }
}

/// For an outcome or a reason that only a later version of the core knows.
const OTHER: &str = "other";
