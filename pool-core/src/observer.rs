//! How a pool notifies its observer.

mod span;

use self::span::Both;
pub use self::span::Span;
pub(crate) use self::span::enter;
use crate::event::{Event, Operation};
use crate::panics::contain;

/// Is notified of what happens in a pool: for metrics, logs and traces.
///
/// [`Builder::observer`](crate::Builder::observer) takes it. Closures are observers.
///
/// An observer is called where the [`Event`] happens, on any thread, in `Drop` as well: it must not block.
/// It is never called under the pool's lock, so it may ask the pool for its
/// [`status`](crate::Pool::status). If it panics, the event is lost and nothing else.
///
/// Two observers of one pool are a pair, `(one, another)`: each receives the events it would receive
/// alone, and the spans of the first surround those of the second.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use pool_core::{Event, Observer};
///
/// /// The longest time for which a resource was in use.
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
    /// Receives an event. Called within the [`Span`] of what has ended, if it has one.
    fn observe(&self, event: &Event);

    /// Something begins that takes time; a [`Span`] may follow it.
    ///
    /// The span surrounds each of its polls, and receives the event of its end. This method is called on
    /// the thread and in the context in which it begins; for a create or a health check that a get begins,
    /// within the span of that get. A create that waits out a pause first begins in a task of the executor,
    /// within no span. A get that is served at once takes no time, and begins nothing.
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

/// The observer's span; none if it panics.
pub(crate) fn begin(
    observer: &(impl Observer + ?Sized),
    operation: Operation,
) -> Option<Box<dyn Span>> {
    let mut span = None;
    contain(|| span = observer.begin(operation));
    span
}
