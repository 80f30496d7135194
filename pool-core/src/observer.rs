//! What a pool tells whoever observes it.

mod span;

use std::time::Duration;

use self::span::Both;
pub use self::span::Span;
pub(crate) use self::span::{Observed, Underway};
use crate::pooled::Pooled;
use crate::shell::shared::{Shared, contain};

/// Is told what happens in a pool, for metrics, logs and traces: see
/// [`Builder::observer`](crate::Builder::observer).
///
/// Closures are observers. One is called where the thing happens, on any thread, in `Drop` as well:
/// it must not block. It is never called under the pool's lock, so it may ask the pool for its
/// [`status`](crate::Pool::status). If it panics, the event is lost and nothing else.
///
/// Two observers of one pool are a pair, `(one, another)`: each is told what it would be told alone,
/// and their spans are entered the first outermost.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use pool_core::{Event, Observer};
///
/// #[derive(Default)]
/// struct Held { longest_ms: AtomicU64 }
///
/// impl Observer for Held {
///     fn observe(&self, event: &Event) {
///         if let Event::Return { held } = event {
///             let ms = u64::try_from(held.as_millis()).unwrap_or(u64::MAX);
///             self.longest_ms.fetch_max(ms, Ordering::Relaxed);
///         }
///     }
/// }
/// ```
pub trait Observer: Send + Sync + 'static {
    /// Something has happened. Called within the span of what has ended, if it has one.
    fn observe(&self, event: &Event);

    /// Something begins that takes time. The [`Span`], if one is given, is entered whenever it goes
    /// on, and is told how it ended.
    ///
    /// Called on the thread and in the context of whoever begins it; for a create that a get drives,
    /// within the span of that get. A get that is served at once takes no time, and begins nothing.
    fn begin(&self, operation: Operation) -> Option<Box<dyn Span>> {
        let _ = operation;
        None
    }
}

impl<F: Fn(&Event) + Send + Sync + 'static> Observer for F {
    fn observe(&self, event: &Event) {
        self(event);
    }
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    fn observe(&self, event: &Event) {
        contain(|| self.0.observe(event));
        self.1.observe(event);
    }

    fn begin(&self, operation: Operation) -> Option<Box<dyn Span>> {
        match (begin(&self.0, operation), begin(&self.1, operation)) {
            (Some(outer), Some(nested)) => Some(Box::new(Both(outer, nested))),
            (outer, nested) => outer.or(nested),
        }
    }
}

/// What takes time: see [`Observer::begin`]. Each ends with the [`Event`] of the same name.
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

/// The observer's span; a panic gives none.
fn begin(observer: &(impl Observer + ?Sized), operation: Operation) -> Option<Box<dyn Span>> {
    let mut span = None;
    contain(|| span = observer.begin(operation));
    span
}

impl<P: Pooled> Shared<P> {
    /// Tells the observer, if there is one.
    pub(crate) fn observe(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            contain(|| observer.observe(&event()));
        }
    }
}
