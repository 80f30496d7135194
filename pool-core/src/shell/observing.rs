//! What is under way, as an observer follows it from its beginning to its end.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

use crate::event::{Event, Operation, Outcome};
use crate::observer::{Observer, Span, begin, enter};
use crate::panics::contain;
use crate::pooled::Pooled;
use crate::runtime::Runtime;
use crate::shell::shared::Shared;

impl<P: Pooled> Shared<P> {
    /// Tells the observer, if there is one.
    pub(crate) fn observe(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            contain(|| observer.observe(&event()));
        }
    }
}

/// Something under way whose end an observer is to be told. Boxed, as most pools are not observed:
/// what may have one is as small as can be.
pub(crate) struct Underway(Box<Followed>);

struct Followed {
    since: Instant,
    span: Option<Box<dyn Span>>,
}

impl Underway {
    /// Notes that something begins, if anybody observes.
    #[inline]
    pub(crate) fn begin<P: Pooled>(shared: &Shared<P>, operation: Operation) -> Option<Self> {
        let observer = shared.observer.as_deref()?;
        Some(Self::follow(observer, &*shared.runtime, operation))
    }

    #[cold]
    fn follow(observer: &dyn Observer, runtime: &dyn Runtime, operation: Operation) -> Self {
        let since = runtime.now();
        Self(Box::new(Followed { since, span: begin(observer, operation) }))
    }

    /// Does some of it.
    #[cold]
    pub(crate) fn enter<O>(&self, work: impl FnOnce() -> O) -> O {
        enter(self.0.span.as_deref(), work)
    }

    /// Tells how it ended, and how long it took.
    #[cold]
    pub(crate) fn end<P: Pooled>(self, shared: &Shared<P>, event: impl FnOnce(Duration) -> Event) {
        let Followed { since, span } = *self.0;
        let event = event(shared.runtime.now().saturating_duration_since(since));
        enter(span.as_deref(), || shared.observe(|| event));
        contain(move || {
            if let Some(span) = span {
                span.end(&event);
            }
        });
    }
}

pin_project! {
    /// A call of the resource's own code that answers within a time or not at all. If anybody
    /// observes, how it ended and how long it took is told, also when it panics or is dropped.
    pub(crate) struct Observed<'a, P: Pooled, F> {
        shared: &'a Shared<P>,
        // `None` when its end has been told, or nobody observes.
        underway: Option<Underway>,
        event: fn(Outcome, Duration) -> Event,
        is_polled: bool,
        // `None` when it has ended.
        #[pin]
        call: Option<F>,
    }

    impl<P: Pooled, F> PinnedDrop for Observed<'_, P, F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(underway) = this.underway.take() else { return };
            contain(|| underway.enter(|| this.call.set(None)));
            let outcome = if *this.is_polled { Outcome::Panicked } else { Outcome::CutShort };
            underway.end(this.shared, |took| (this.event)(outcome, took));
        }
    }
}

impl<'a, P: Pooled, F> Observed<'a, P, F> {
    pub(crate) fn new(
        shared: &'a Shared<P>,
        operation: Operation,
        event: fn(Outcome, Duration) -> Event,
        call: F,
    ) -> Self {
        let underway = Underway::begin(shared, operation);
        Self { shared, underway, event, is_polled: false, call: Some(call) }
    }
}

impl<P, F, T, E> Future for Observed<'_, P, F>
where
    P: Pooled,
    F: Future<Output = Option<Result<T, E>>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        *this.is_polled = true;
        let call = &mut this.call;
        let poll = match this.underway {
            None => poll_to_its_end(call, cx),
            Some(underway) => underway.enter(|| poll_to_its_end(call, cx)),
        };
        *this.is_polled = false;
        if let Poll::Ready(ended) = &poll
            && let Some(underway) = this.underway.take()
        {
            let outcome = match ended {
                Some(Ok(_)) => Outcome::Succeeded,
                Some(Err(_)) => Outcome::Failed,
                None => Outcome::TimedOut,
            };
            underway.end(this.shared, |took| (this.event)(outcome, took));
        }
        poll
    }
}

/// Polls a call, and drops it when it has ended: what it holds is dropped in its span.
fn poll_to_its_end<F: Future>(
    call: &mut Pin<&mut Option<F>>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let poll = call.as_mut().as_pin_mut().expect("a call that has ended is not polled").poll(cx);
    if poll.is_ready() {
        call.set(None);
    }
    poll
}
