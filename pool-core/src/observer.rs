//! What a pool tells whoever observes it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

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

impl<P: Pooled> Shared<P> {
    /// Tells the observer, if there is one.
    pub(crate) fn observe(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            contain(|| observer.observe(&event()));
        }
    }
}

pin_project! {
    /// A call of the resource's own code that answers within a time or not at all. If anybody
    /// observes, how it ended and how long it took is told, also when it panics or is dropped.
    pub(crate) struct Observed<'a, P: Pooled, F> {
        shared: &'a Shared<P>,
        // `None` when it has been told, or nobody observes.
        begun: Option<Instant>,
        event: fn(Outcome, Duration) -> Event,
        is_polled: bool,
        #[pin]
        call: F,
    }

    impl<P: Pooled, F> PinnedDrop for Observed<'_, P, F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let outcome = if *this.is_polled { Outcome::Panicked } else { Outcome::CutShort };
            tell(this.shared, this.begun, *this.event, outcome);
        }
    }
}

impl<'a, P: Pooled, F> Observed<'a, P, F> {
    pub(crate) fn new(
        shared: &'a Shared<P>,
        event: fn(Outcome, Duration) -> Event,
        call: F,
    ) -> Self {
        let begun = shared.observer.is_some().then(|| shared.runtime.now());
        Self { shared, begun, event, is_polled: false, call }
    }
}

impl<P, F, T, E> Future for Observed<'_, P, F>
where
    P: Pooled,
    F: Future<Output = Option<Result<T, E>>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        *this.is_polled = true;
        let poll = this.call.poll(cx);
        *this.is_polled = false;
        if let Poll::Ready(ended) = &poll {
            let outcome = match ended {
                Some(Ok(_)) => Outcome::Succeeded,
                Some(Err(_)) => Outcome::Failed,
                None => Outcome::TimedOut,
            };
            tell(this.shared, this.begun, *this.event, outcome);
        }
        poll
    }
}

/// Tells once how a call ended.
fn tell<P: Pooled>(
    shared: &Shared<P>,
    begun: &mut Option<Instant>,
    event: fn(Outcome, Duration) -> Event,
    outcome: Outcome,
) {
    if let Some(begun) = begun.take() {
        let took = shared.runtime.now().saturating_duration_since(begun);
        shared.observe(|| event(outcome, took));
    }
}
