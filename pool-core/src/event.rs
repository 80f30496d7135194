//! The words for what happens in a pool: operations, events, and how things end.

use std::time::Duration;

/// What takes time: see [`Observer::begin`](crate::Observer::begin). Each ends with the [`Event`] of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// A get that is not served at once, from its first poll to its end.
    Get,
    /// A create, without the pause before it. It may go on in a task of the executor's.
    Create,
    /// A check of a resource.
    Recycle,
    /// A reset of a returned resource.
    Reset,
}

/// Something that happened in a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// A get has ended.
    Get {
        /// How.
        outcome: GetOutcome,
        /// From its first poll to its end; zero if it was served at once.
        waited: Duration,
    },
    /// A `try_get` was answered.
    TryGet {
        /// Whether it was given a resource.
        served: bool,
    },
    /// A create has ended.
    Create {
        /// How.
        outcome: Outcome,
        /// How long it took, the pause before it not included.
        took: Duration,
    },
    /// A check of a resource has ended.
    Recycle {
        /// How; `Failed` says that the resource is not fit.
        outcome: Outcome,
        /// How long it took.
        took: Duration,
    },
    /// A reset of a returned resource has ended; not told of resets that do nothing.
    Reset {
        /// How.
        outcome: Outcome,
        /// How long it took.
        took: Duration,
    },
    /// An item has given up its resource: to be lent on, to end, or to leave with its holder.
    Return {
        /// How long it was lent.
        held: Duration,
    },
    /// A resource ends.
    Discard {
        /// Why.
        reason: DiscardReason,
    },
    /// A resource has left the pool with its holder, by `detach` or `retain`.
    Detach,
    /// A resource that was made elsewhere was taken in.
    Insert,
    /// The maximum was changed.
    Resize {
        /// What it was.
        from: usize,
        /// What it is.
        to: usize,
    },
    /// The pool was closed.
    Close,
}

/// How a get ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GetOutcome {
    /// With a resource.
    Served,
    /// Its time was over.
    TimedOut,
    /// It was dropped.
    Cancelled,
    /// It was told `Create`, `Closed` or `Overloaded`, or a panic ended it.
    Failed,
}

/// How a call of the resource's own code ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// With `Ok`.
    Succeeded,
    /// With an error.
    Failed,
    /// It took longer than its timeout.
    TimedOut,
    /// With a panic.
    Panicked,
    /// It was dropped: its get was, or the executor shut down.
    CutShort,
}

/// Why a resource ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiscardReason {
    /// Its check failed or took too long.
    Unfit,
    /// `is_reusable` said no.
    NotReusable,
    /// Its reset failed, took too long, panicked or was cut short.
    NotReset,
    /// An operation on it was cut short or panicked: a check, or what `Item::run` ran.
    CutShort,
    /// Its holder discarded it.
    Discarded,
    /// Its holder panicked.
    HolderPanicked,
    /// It has lived for its `max_lifetime`.
    Expired,
    /// It was idle for the `idle_timeout`.
    Idle,
    /// The pool has shrunk.
    Surplus,
    /// `invalidate_all` or `replace_config` was called since it was made.
    Invalidated,
    /// The pool is closed.
    PoolClosed,
}
