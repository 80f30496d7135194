//! What a pool tells whoever observes it.

use std::time::{Duration, Instant};

use crate::pooled::Pooled;
use crate::shared::{Shared, contain};

/// Is told what happens in a pool, for metrics, logs and traces: see
/// [`Builder::observer`](crate::Builder::observer).
///
/// Closures are observers. One is called where the thing happens, on any thread, in `Drop` as well:
/// it must not block. It is never called under the pool's lock, so it may ask the pool for its
/// [`status`](crate::Pool::status). If it panics, the event is lost and nothing else.
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
    /// Something has happened.
    fn observe(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync + 'static> Observer for F {
    fn observe(&self, event: &Event) {
        self(event);
    }
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
    /// An item has given its resource back, to be lent on or to end.
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
    /// Its reset failed or took too long.
    NotReset,
    /// An operation on it was cut short: a check, or what `Item::run` ran.
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

impl<P: Pooled> Shared<P> {
    /// Tells the observer, if there is one.
    pub(crate) fn observe(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            contain(|| observer.observe(&event()));
        }
    }
}

/// Takes the time of a call of the resource's own code, if anybody observes. Dropped, it tells that
/// the call was cut short, or panicked.
pub(crate) struct Stopwatch<'a, P: Pooled> {
    running: Option<(&'a Shared<P>, Instant)>,
    event: fn(Outcome, Duration) -> Event,
}

impl<'a, P: Pooled> Stopwatch<'a, P> {
    pub(crate) fn start(shared: &'a Shared<P>, event: fn(Outcome, Duration) -> Event) -> Self {
        let running = shared.observer.is_some().then(|| (shared, shared.runtime.now()));
        Self { running, event }
    }

    /// The call has ended: `None`, if its time was over.
    pub(crate) fn stop<T, E>(mut self, ended: Option<&Result<T, E>>) {
        self.tell(match ended {
            Some(Ok(_)) => Outcome::Succeeded,
            Some(Err(_)) => Outcome::Failed,
            None => Outcome::TimedOut,
        });
    }

    fn tell(&mut self, outcome: Outcome) {
        if let Some((shared, begun)) = self.running.take() {
            let took = shared.runtime.now().saturating_duration_since(begun);
            shared.observe(|| (self.event)(outcome, took));
        }
    }
}

impl<P: Pooled> Drop for Stopwatch<'_, P> {
    fn drop(&mut self) {
        let panicked = std::thread::panicking();
        self.tell(if panicked { Outcome::Panicked } else { Outcome::CutShort });
    }
}
