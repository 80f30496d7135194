//! The words for what happens in a pool: operations, events, outcomes, and why a resource is gone.

use std::time::Duration;

/// What takes time, so that it may have a [`Span`](crate::Span). Each ends with the [`Event`] of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// A get that is not served at once, from its first poll to its end.
    Get,
    /// A create, without the pause before it. What does not end at once goes on in a task of the
    /// executor; so do health checks and resets.
    Create,
    /// A health check of a resource.
    Recycle,
    /// A reset of a returned resource.
    Reset,
}

/// Something that happened in a pool, of which its [`Observer`](crate::Observer) is notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// A get has ended: it was served or failed, or was dropped.
    Get {
        /// How.
        outcome: GetOutcome,
        /// From its first poll to its end; zero if it was served at once.
        waited: Duration,
    },
    /// A `try_get` has ended.
    TryGet {
        /// Whether it was lent a resource.
        served: bool,
    },
    /// A create has ended.
    Create {
        /// How.
        outcome: Outcome,
        /// How long it took, the pause before it not included.
        took: Duration,
    },
    /// A health check of a resource has ended.
    Recycle {
        /// How; `Failed` says that the resource is unfit.
        outcome: Outcome,
        /// How long it took.
        took: Duration,
    },
    /// A reset of a returned resource has ended. The default, which does nothing, makes no event.
    Reset {
        /// How.
        outcome: Outcome,
        /// How long it took.
        took: Duration,
    },
    /// A resource is no longer in use: it was returned, discarded or detached.
    Return {
        /// How long it was in use.
        held: Duration,
    },
    /// A resource is evicted or discarded, or closed with its pool.
    Discard {
        /// Why.
        reason: DiscardReason,
    },
    /// A resource has left the pool with its holder, by `detach` or `retain`.
    Detach,
    /// A resource that was made elsewhere was added.
    Insert,
    /// `max_size` was changed.
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
    /// It was lent (checked out) a resource.
    Served,
    /// It timed out.
    TimedOut,
    /// Its future was dropped.
    Cancelled,
    /// It failed with `Create`, `Closed`, `Overloaded` or `NoExecutor`, or panicked.
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
    /// It was interrupted: the pool was closed or invalidated, or the executor shut down. A get that is
    /// dropped interrupts nothing.
    CutShort,
}

/// Why a resource was evicted (by the pool), discarded (by its holder) or closed with its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiscardReason {
    /// It failed its health check, or the check took too long.
    Unfit,
    /// `is_reusable` said no.
    NotReusable,
    /// Its reset failed, took too long, panicked or was interrupted.
    NotReset,
    /// Its health check panicked or lost its executor, or what `Item::run` ran on it was interrupted or
    /// panicked.
    CutShort,
    /// Its holder discarded it.
    Discarded,
    /// Its holder panicked.
    HolderPanicked,
    /// It has reached its `max_lifetime`.
    Expired,
    /// It was idle for the `idle_timeout`.
    Idle,
    /// It is one too many, as the pool was shrunk.
    Surplus,
    /// `invalidate_all` or `replace_config` was called since it was created.
    Invalidated,
    /// The pool is closed.
    PoolClosed,
}
