//! What the page is told: the pool at one moment, and the minute before it.

use std::sync::Arc;

use pool_tokio::{Counters, Holder, Status};
use serde::Serialize;

use crate::backend::Creates;
use crate::journal::{Discards, Errors, Waits};
use crate::verdict::Finding;

/// All that the page shows.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Snapshot {
    pub(crate) name: String,
    pub(crate) findings: Vec<Finding>,
    pub(crate) sample: Sample,
    pub(crate) pool: Sizes,
    pub(crate) counters: Counts,
    pub(crate) waits: Waits,
    pub(crate) discards: Vec<Discards>,
    pub(crate) holders: Vec<Holding>,
    pub(crate) errors: Vec<Errors>,
    pub(crate) creates: Creates,
    pub(crate) load: Load,
    /// For who comes later: told once, not again with each snapshot.
    #[serde(skip)]
    pub(crate) history: Arc<[Sample]>,
}

/// One point of every chart. Rates are per second, waits in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Sample {
    /// Since the program began.
    pub(crate) at_ms: u64,
    pub(crate) max_size: usize,
    pub(crate) in_use: usize,
    pub(crate) idle: usize,
    pub(crate) creating: usize,
    pub(crate) closing: usize,
    pub(crate) waiting: usize,
    pub(crate) served: f64,
    pub(crate) failed: f64,
    pub(crate) created: f64,
    pub(crate) create_failed: f64,
    pub(crate) ended: f64,
    pub(crate) p50: Option<f64>,
    pub(crate) p99: Option<f64>,
    pub(crate) max: Option<f64>,
}

/// [`Status`], as it is written.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sizes {
    max_size: usize,
    size: usize,
    idle: usize,
    in_use: usize,
    creating: usize,
    closing: usize,
    waiting: usize,
    suspended: bool,
}

impl From<Status> for Sizes {
    fn from(status: Status) -> Self {
        let Status { max_size, size, idle, in_use, creating, closing, waiting, suspended, .. } =
            status;
        Self { max_size, size, idle, in_use, creating, closing, waiting, suspended }
    }
}

/// [`Counters`], as they are written.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Counts {
    started: u64,
    served: u64,
    timed_out: u64,
    cancelled: u64,
    failed: u64,
    waiting: u64,
    created: u64,
    create_failed: u64,
    ended: u64,
}

impl From<Counters> for Counts {
    fn from(counters: Counters) -> Self {
        let Counters { started, served, timed_out, cancelled, failed, waiting, .. } = counters;
        let Counters { created, create_failed, ended, .. } = counters;
        Self {
            started,
            served,
            timed_out,
            cancelled,
            failed,
            waiting,
            created,
            create_failed,
            ended,
        }
    }
}

/// [`Holder`], as it is written.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Holding {
    pub(crate) place: String,
    pub(crate) resource: u64,
    pub(crate) held_ms: u128,
}

impl From<Holder> for Holding {
    fn from(Holder { caller, held, resource, .. }: Holder) -> Self {
        let place = format!("{}:{}", caller.file(), caller.line());
        Self { place, resource, held_ms: held.as_millis() }
    }
}

/// The load that was asked for.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Load {
    pub(crate) tasks: usize,
    pub(crate) hold_ms: u128,
}
