//! The get: an idle resource at once, or a wait, a create, a check, under one deadline.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::check::{Checked, check, needs_check, passes_at_once};
use crate::error::{GetError, Phase, TimedOut};
use crate::item::{Item, Unchecked};
use crate::pooled::Pooled;
use crate::shared::{Failure, Shared};
use crate::state::{State, Verdict};
use crate::timer::Timer;
use crate::wait::Wait;

/// What a get ends with.
pub(crate) type Gotten<P> = Result<Item<P>, GetError<<P as Pooled>::Error>>;

/// Lends a resource within `limit`.
pub(crate) fn get<P: Pooled>(
    shared: &Arc<Shared<P>>,
    limit: Option<Duration>,
) -> impl Future<Output = Gotten<P>> + Send {
    Get { shared, check, stage: Stage::Start { limit } }
}

pin_project! {
    /// A get in progress. Written by hand because the hit path is then a third cheaper than in an
    /// `async` block, and the whole less than half as large.
    struct Get<'a, P: Pooled, F, C> {
        shared: &'a Arc<Shared<P>>,
        check: F,
        #[pin]
        stage: Stage<'a, P, C>,
    }
}

pin_project! {
    #[project = StageProjection]
    enum Stage<'a, P: Pooled, C> {
        Start { limit: Option<Duration> },
        // One deadline for everything (law W5).
        Slow { deadline: Timer, #[pin] step: Step<'a, P, C> },
    }
}

pin_project! {
    #[project = StepProjection]
    enum Step<'a, P: Pooled, C> {
        Waiting { wait: Wait<'a, P> },
        Checking { #[pin] check: C },
    }
}

impl<P, F, C> Future for Get<'_, P, F, C>
where
    P: Pooled,
    F: Fn(Unchecked<P>) -> C,
    C: Future<Output = Checked<P>>,
{
    type Output = Gotten<P>;

    #[expect(clippy::inline_always, reason = "201 -> 166 instructions for a get and its drop")]
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Gotten<P>> {
        if let Stage::Start { limit } = self.stage {
            ready!(self.shared.runtime.poll_budget(cx));
            // Law S1: an idle resource is tried for before anything is built.
            let step = match self.shared.with(State::take) {
                Some(slot) => {
                    let mut unchecked = Unchecked::new(Arc::clone(self.shared), slot);
                    if passes_at_once(&mut unchecked) {
                        return Poll::Ready(Ok(unchecked.pass()));
                    }
                    Step::Checking { check: (self.check)(unchecked) }
                }
                None => Step::Waiting { wait: Wait::new(self.shared) },
            };
            let stage = Stage::Slow { deadline: Timer::new(limit), step };
            self.as_mut().project().stage.set(stage);
        }
        self.poll_slowly(cx)
    }
}

impl<P, F, C> Get<'_, P, F, C>
where
    P: Pooled,
    F: Fn(Unchecked<P>) -> C,
    C: Future<Output = Checked<P>>,
{
    /// Carries on; when it is done, it holds nothing any more, however long it is kept.
    #[inline(never)]
    fn poll_slowly(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Gotten<P>> {
        let gotten = ready!(self.as_mut().advance(cx));
        self.project().stage.set(Stage::Start { limit: None });
        Poll::Ready(gotten)
    }

    fn advance(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Gotten<P>> {
        let this = self.project();
        let shared = *this.shared;
        let StageProjection::Slow { deadline, mut step } = this.stage.project() else {
            unreachable!("a get that goes on slowly has started")
        };
        loop {
            let phase = match step.as_mut().project() {
                StepProjection::Waiting { wait } => match wait.poll(cx) {
                    Poll::Pending => wait.phase(),
                    Poll::Ready(Err(verdict)) => {
                        return Poll::Ready(Err(told(shared, verdict, deadline)));
                    }
                    Poll::Ready(Ok(grant)) => {
                        let unchecked = Unchecked::new(Arc::clone(shared), grant.resource);
                        if grant.fresh || !needs_check(&unchecked) {
                            return Poll::Ready(Ok(unchecked.pass()));
                        }
                        step.set(Step::Checking { check: (this.check)(unchecked) });
                        continue;
                    }
                },
                StepProjection::Checking { check } => match check.poll(cx) {
                    Poll::Pending => Phase::Recycle,
                    Poll::Ready(Ok(item)) => return Poll::Ready(Ok(item)),
                    Poll::Ready(Err(unfit)) => {
                        let Some(wait) = Wait::again(shared, unfit.give_up()) else {
                            return Poll::Ready(Err(GetError::Closed));
                        };
                        step.set(Step::Waiting { wait });
                        continue;
                    }
                },
            };
            ready!(deadline.poll(&*shared.runtime, cx));
            let waited = deadline.waited(&*shared.runtime).unwrap_or_default();
            return Poll::Ready(Err(timed_out(shared, phase, waited)));
        }
    }
}

fn told<P: Pooled>(
    shared: &Shared<P>,
    verdict: Verdict<Failure<P::Error>>,
    deadline: &Timer,
) -> GetError<P::Error> {
    match verdict {
        Verdict::Closed => GetError::Closed,
        Verdict::Overloaded => GetError::Overloaded,
        Verdict::Failed(failure) => failed(shared, failure, deadline),
    }
}

/// What is told of a failed create.
pub(crate) fn failed<P: Pooled>(
    shared: &Shared<P>,
    failure: Failure<P::Error>,
    deadline: &Timer,
) -> GetError<P::Error> {
    match failure {
        Failure::Error(cause) => GetError::Create(cause),
        Failure::TimedOut(limit) => {
            // Without a deadline nobody has looked at the clock; it was about as long as this.
            let waited = deadline.waited(&*shared.runtime).unwrap_or(limit);
            timed_out(shared, Phase::Create, waited)
        }
    }
}

fn timed_out<P: Pooled>(shared: &Shared<P>, phase: Phase, waited: Duration) -> GetError<P::Error> {
    let (status, cause) = shared.with(|state| (state.status(), state.cause().cloned()));
    let last_create_error = match cause {
        Some(Failure::Error(error)) => Some(error),
        Some(Failure::TimedOut(_)) | None => None,
    };
    GetError::TimedOut(Box::new(TimedOut { phase, waited, status, last_create_error }))
}
