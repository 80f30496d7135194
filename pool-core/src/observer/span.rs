//! The span: how an observer follows something from its beginning to its end.
//!
//! An observer's span surrounds the pool's work, and the user's. Whatever the span does with the work
//! that it is given, the work is done, once, and a panic of the work goes on to the caller.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::event::Event;
use crate::panics::contain;

/// Something in flight that an observer follows: see [`Observer::begin`](super::Observer::begin).
///
/// Like an observer, it is called outside the pool's lock, must not block, and harms nothing but itself
/// if it panics. It moves from thread to thread with what it follows.
///
/// # Examples
///
/// How much of a create's time was spent in its polls:
///
/// ```
/// use std::sync::Mutex;
/// use std::time::{Duration, Instant};
/// use pool_core::{Event, Observer, Operation, Span};
///
/// struct Busy;
///
/// impl Observer for Busy {
///     fn observe(&self, _: &Event) {}
///
///     fn begin(&self, operation: Operation) -> Option<Box<dyn Span>> {
///         (operation == Operation::Create).then(|| Box::new(Polls::default()) as _)
///     }
/// }
///
/// #[derive(Default)]
/// struct Polls(Mutex<Duration>);
///
/// impl Span for Polls {
///     fn enter(&self, work: &mut dyn FnMut()) {
///         let begun = Instant::now();
///         work();
///         *self.0.lock().unwrap() += begun.elapsed();
///     }
///
///     fn end(&self, event: &Event) {
///         if let Event::Create { outcome, took } = event {
///             eprintln!("{outcome:?} after {took:?}, {:?} of it busy", self.0.lock().unwrap());
///         }
///     }
/// }
/// # let pool = pool_core::Observer::begin(&Busy, Operation::Create).unwrap();
/// # pool.enter(&mut || {});
/// # pool.end(&Event::Create { outcome: pool_core::Outcome::Succeeded, took: Duration::ZERO });
/// ```
pub trait Span: Send + 'static {
    /// Does a part of the work by calling `work`.
    ///
    /// That is one poll, or the drop of what is interrupted. If this method does not call `work`, the pool
    /// does so afterwards.
    fn enter(&self, work: &mut dyn FnMut());

    /// Receives the last event, just after the observer has received it. Nothing follows.
    fn end(&self, event: &Event);
}

/// The spans of two observers.
pub(super) struct Both(pub(super) Box<dyn Span>, pub(super) Box<dyn Span>);

impl Span for Both {
    fn enter(&self, work: &mut dyn FnMut()) {
        enter(Some(&*self.0), || enter(Some(&*self.1), work));
    }

    fn end(&self, event: &Event) {
        contain(|| self.1.end(event));
        self.0.end(event);
    }
}

/// Does some work within a span, once, whatever the span does.
pub(crate) fn enter<O>(span: Option<&dyn Span>, work: impl FnOnce() -> O) -> O {
    let Some(span) = span else { return work() };
    let (mut undone, mut done) = (Some(work), None);
    contain(|| {
        span.enter(&mut || {
            if let Some(work) = undone.take() {
                done = Some(catch_unwind(AssertUnwindSafe(work)));
            }
        });
    });
    match (done, undone) {
        (Some(Ok(output)), _) => output,
        (Some(Err(payload)), _) => resume_unwind(payload),
        (None, undone) => undone.expect("what was not done is left")(),
    }
}
