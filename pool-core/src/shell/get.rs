//! The get: an idle resource at once, or a wait, a create, a check, under one deadline.

use std::any::Any;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use crate::error::{GetError, Phase, TimedOut};
use crate::event::{Event, GetOutcome, Operation};
use crate::panics::contain;
use crate::pooled::{Pooled, checks_inline};
use crate::shell::check::{Begun, begin_check, is_fit_at_once};
use crate::shell::item::{Item, Unchecked};
use crate::shell::observing::Underway;
use crate::shell::shared::Shared;
use crate::shell::slot::{Failure, Slot};
use crate::shell::timer::Timer;
use crate::shell::wait::Wait;
use crate::state::{Lent, Standing, State, Verdict};

/// What a get ends with.
pub(crate) type Gotten<P> = Result<Item<P>, GetError<<P as Pooled>::Error>>;

/// A get in progress. Written by hand because the hit path is then a third cheaper than in an
/// `async` block, and the whole less than half as large.
pub(crate) struct Get<'a, P: Pooled> {
    shared: &'a Arc<Shared<P>>,
    caller: &'static Location<'static>,
    /// Ended by `Drop`, after which there is nothing to drop. Said so, the hit path is spared the
    /// question.
    stage: ManuallyDrop<Stage<'a, P>>,
}

enum Stage<'a, P: Pooled> {
    /// Not begun, or ended. Without a `limit`, the pool's own holds.
    Start {
        limit: Option<Duration>,
    },
    Slow(Slow<'a, P>),
}

/// A get that did not end at once: it counts as waiting until it has ended, one way or another.
struct Slow<'a, P: Pooled> {
    /// One deadline for everything (law W5).
    timer: Timer,
    deadline: Option<Instant>,
    step: Step<'a, P>,
    /// If anybody observes, and not while it is polled.
    underway: Option<Underway>,
    /// A transition has counted it as served.
    is_counted: bool,
    /// What it was given had lain for too long, once: a get that always looks late is served all the same.
    is_doubted: bool,
}

enum Step<'a, P: Pooled> {
    /// A check of what it was lent is to begin; where it waits if that takes a while.
    ToCheck(Unchecked<P>, Standing),
    Waiting(Wait<'a, P>),
    /// Between two steps, and when it has ended.
    None,
}

impl<'a, P: Pooled> Get<'a, P> {
    /// Lends a resource to `caller` within `limit` or, if there is none, within the pool's own.
    #[inline]
    pub(crate) fn new(
        shared: &'a Arc<Shared<P>>,
        limit: Option<Duration>,
        caller: &'static Location<'static>,
    ) -> Self {
        Self { shared, caller, stage: ManuallyDrop::new(Stage::Start { limit }) }
    }
}

impl<P: Pooled> Future for Get<'_, P> {
    type Output = Gotten<P>;

    #[expect(clippy::inline_always, reason = "201 -> 166 instructions for a get and its drop")]
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Gotten<P>> {
        if let Stage::Start { limit } = *self.stage {
            ready!(self.shared.runtime.poll_budget(cx));
            // Law S1: an idle resource is tried for before anything is built.
            let begun = self.shared.with(|state| match state.begin() {
                Some(lent) if !lent.check_due => Ok(lent),
                unserved => Err((unserved, limit.or_else(|| state.settings().get_timeout))),
            });
            match begun {
                Ok(lent) => match pass_at_once(self.shared, lent) {
                    Ok(item) if self.shared.notes_loans() => {
                        return Poll::Ready(Ok(self.note_hit(item)));
                    }
                    Ok(item) => return Poll::Ready(Ok(item)),
                    Err(Unfit::Panicked(payload)) => self.panicked(payload),
                    Err(Unfit::Unchecked(unchecked)) => {
                        let limit = limit
                            .or_else(|| self.shared.with(|state| state.settings().get_timeout));
                        self.go_on(Some(unchecked), limit);
                    }
                },
                Err((lent, limit)) => {
                    let unchecked =
                        lent.map(|lent| Unchecked::new(Arc::clone(self.shared), lent.resource));
                    self.go_on(unchecked, limit);
                }
            }
        }
        self.poll_slowly(cx)
    }
}

impl<P: Pooled> Get<'_, P> {
    #[cold]
    fn note_hit(&self, item: Item<P>) -> Item<P> {
        let (outcome, waited) = (GetOutcome::Served, Duration::ZERO);
        self.shared.observe(|| Event::Get { outcome, waited });
        item.held_by(self.caller)
    }

    /// Ends a get by the panic of a check that was to be done at once.
    #[cold]
    fn panicked(&self, payload: Box<dyn Any + Send>) -> ! {
        let (outcome, waited) = (GetOutcome::Failed, Duration::ZERO);
        self.shared.with(|state| state.end(outcome));
        self.shared.observe(|| Event::Get { outcome, waited });
        resume_unwind(payload)
    }

    fn go_on(&mut self, unchecked: Option<Unchecked<P>>, limit: Option<Duration>) {
        let underway = Underway::begin(self.shared, Operation::Get);
        let deadline = limit.and_then(|limit| self.shared.runtime.now().checked_add(limit));
        let step = if let Some(unchecked) = unchecked {
            Step::ToCheck(unchecked, Standing::Last)
        } else {
            Step::Waiting(Wait::new(self.shared))
        };
        let timer = Timer::new(limit);
        let slow = Slow { timer, deadline, step, underway, is_counted: false, is_doubted: false };
        // What stood there before has nothing to drop.
        self.stage = ManuallyDrop::new(Stage::Slow(slow));
    }

    /// Carries on; when it is done, it holds nothing any more, however long it is kept.
    #[inline(never)]
    fn poll_slowly(&mut self, cx: &mut Context<'_>) -> Poll<Gotten<P>> {
        let Stage::Slow(slow) = &mut *self.stage else {
            unreachable!("a get that goes on slowly has started")
        };
        if let Some(underway) = slow.underway.take() {
            return self.poll_observed(underway, cx);
        }
        let shared = self.shared;
        let gotten = match catch_unwind(AssertUnwindSafe(|| slow.advance(shared, cx))) {
            Ok(poll) => ready!(poll),
            Err(payload) => {
                self.end(GetOutcome::Failed);
                resume_unwind(payload);
            }
        };
        self.end(outcome(&gotten));
        Poll::Ready(gotten.map(|item| item.held_by(self.caller)))
    }

    /// Carries on within the span of whoever observes, and tells how it ended.
    #[cold]
    fn poll_observed(&mut self, underway: Underway, cx: &mut Context<'_>) -> Poll<Gotten<P>> {
        let polled = catch_unwind(AssertUnwindSafe(|| underway.enter(|| self.poll_slowly(cx))));
        let outcome = match &polled {
            Ok(Poll::Ready(gotten)) => outcome(gotten),
            Err(_) => GetOutcome::Failed,
            Ok(Poll::Pending) => {
                if let Stage::Slow(slow) = &mut *self.stage {
                    slow.underway = Some(underway);
                }
                return Poll::Pending;
            }
        };
        underway.end(self.shared, |waited| Event::Get { outcome, waited });
        polled.unwrap_or_else(|payload| resume_unwind(payload))
    }

    /// Gives up what is left of it and counts how it ended. As long as anything is left, it counts
    /// as waiting.
    fn end(&mut self, outcome: GetOutcome) {
        let Stage::Slow(slow) = &mut *self.stage else { return };
        let is_counted = slow.is_counted || slow.step.leave(outcome);
        contain(|| *self.stage = Stage::Start { limit: None });
        if !is_counted {
            self.shared.with(|state| state.end(outcome));
        }
    }

    /// Ends within the span of whoever observes, and tells so.
    #[cold]
    fn cancel_observed(&mut self, underway: Underway) {
        let outcome = GetOutcome::Cancelled;
        underway.enter(|| self.end(outcome));
        underway.end(self.shared, |waited| Event::Get { outcome, waited });
    }
}

impl<P: Pooled> Drop for Get<'_, P> {
    #[inline]
    fn drop(&mut self) {
        if let Stage::Slow(slow) = &mut *self.stage {
            match slow.underway.take() {
                None => self.end(GetOutcome::Cancelled),
                Some(underway) => self.cancel_observed(underway),
            }
        }
    }
}

impl<'a, P: Pooled> Slow<'a, P> {
    fn advance(&mut self, shared: &'a Arc<Shared<P>>, cx: &mut Context<'_>) -> Poll<Gotten<P>> {
        loop {
            let lent = match &mut self.step {
                Step::Waiting(wait) => match wait.poll(self.deadline, cx) {
                    Poll::Pending => break,
                    Poll::Ready(Ok(lent)) => lent,
                    Poll::Ready(Err(verdict)) => {
                        return Poll::Ready(Err(told(shared, verdict, &self.timer)));
                    }
                },
                Step::ToCheck(..) => {
                    let Step::ToCheck(unchecked, standing) =
                        std::mem::replace(&mut self.step, Step::None)
                    else {
                        unreachable!("it was looked at")
                    };
                    if let Some(ended) = self.check(shared, unchecked, standing) {
                        return Poll::Ready(ended);
                    }
                    continue;
                }
                Step::None => unreachable!("a get that goes on has a step to take"),
            };
            let unchecked = if lent.check_due {
                Unchecked::new(Arc::clone(shared), lent.resource)
            } else if lent.fresh && !self.is_doubted {
                let unchecked = Unchecked::new(Arc::clone(shared), lent.resource);
                self.is_counted = true;
                if !unchecked.has_lain() {
                    return Poll::Ready(Ok(unchecked.pass()));
                }
                (self.is_counted, self.is_doubted) = (false, true);
                shared.with(State::count_as_waiting);
                unchecked
            } else {
                match pass_at_once(shared, lent) {
                    Ok(item) => {
                        self.is_counted = true;
                        return Poll::Ready(Ok(item));
                    }
                    Err(Unfit::Panicked(payload)) => resume_unwind(payload),
                    Err(Unfit::Unchecked(unchecked)) => unchecked,
                }
            };
            self.step = Step::ToCheck(unchecked, Standing::First);
        }
        ready!(self.timer.poll(&*shared.runtime, cx));
        let waited = self.timer.waited(&*shared.runtime).unwrap_or_default();
        let phase = match &self.step {
            Step::Waiting(wait) => wait.phase(),
            Step::ToCheck(..) | Step::None => Phase::Recycle,
        };
        Poll::Ready(Err(timed_out(shared, phase, waited)))
    }

    /// Begins a check, and says what the get ends with, if it ends; else it waits.
    fn check(
        &mut self,
        shared: &'a Arc<Shared<P>>,
        unchecked: Unchecked<P>,
        standing: Standing,
    ) -> Option<Gotten<P>> {
        let deadline = self.deadline;
        let wait = match begin_check(unchecked, deadline, standing) {
            Begun::Passed(item) => return Some(Ok(item)),
            Begun::Unfit(slot) => Wait::again(shared, slot, deadline),
            Begun::Pending(place) => Some(Wait::at(shared, place)),
            Begun::Closed => None,
            Begun::Panicked(payload) => resume_unwind(payload),
        };
        let Some(wait) = wait else { return Some(Err(GetError::Closed)) };
        self.step = Step::Waiting(wait);
        None
    }
}

impl<P: Pooled> Step<'_, P> {
    /// Leaves the queue and ends the get in one critical section, if it has a place there.
    fn leave(&mut self, outcome: GetOutcome) -> bool {
        match self {
            Self::Waiting(wait) => wait.leave(outcome),
            Self::ToCheck(..) | Self::None => false,
        }
    }
}

/// What the state machine lent without a check, and is not fit all the same.
enum Unfit<P: Pooled> {
    Unchecked(Unchecked<P>),
    /// Its check has panicked.
    Panicked(Box<dyn Any + Send>),
}

/// Lends what the state machine has lent without a check. A zero-sized check costs nothing, so it
/// is polled all the same; only if it says no, the get goes on and counts as waiting.
#[inline]
fn pass_at_once<P: Pooled>(
    shared: &Arc<Shared<P>>,
    lent: Lent<Box<Slot<P>>>,
) -> Result<Item<P>, Unfit<P>> {
    let mut unchecked = Unchecked::new(Arc::clone(shared), lent.resource);
    if lent.fresh || !checks_inline::<P>() {
        return Ok(unchecked.pass());
    }
    let unfit = match is_fit_at_once(&mut unchecked) {
        Ok(true) => return Ok(unchecked.pass()),
        Ok(false) => Unfit::Unchecked(unchecked),
        Err(payload) => Unfit::Panicked(payload),
    };
    shared.with(State::count_as_waiting);
    Err(unfit)
}

fn outcome<P: Pooled>(gotten: &Gotten<P>) -> GetOutcome {
    match gotten {
        Ok(_) => GetOutcome::Served,
        Err(GetError::TimedOut(_)) => GetOutcome::TimedOut,
        Err(_) => GetOutcome::Failed,
    }
}

fn told<P: Pooled>(
    shared: &Arc<Shared<P>>,
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
///
/// # Panics
///
/// If the create did, in the executor.
pub(crate) fn failed<P: Pooled>(
    shared: &Arc<Shared<P>>,
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
        Failure::Panicked(payload) => {
            let payload = payload.lock().unwrap_or_else(PoisonError::into_inner).take();
            resume_unwind(payload.unwrap_or_else(|| Box::new("a create of the pool panicked")))
        }
        Failure::Abandoned => GetError::NoExecutor,
    }
}

fn timed_out<P: Pooled>(
    shared: &Arc<Shared<P>>,
    phase: Phase,
    waited: Duration,
) -> GetError<P::Error> {
    shared.attend();
    let (status, cause) = shared.with(|state| (state.status(), state.cause().cloned()));
    let last_create_error = match cause {
        Some(Failure::Error(error)) => Some(error),
        Some(_) | None => None,
    };
    let pool = shared.name.clone();
    GetError::TimedOut(Box::new(TimedOut { pool, phase, waited, status, last_create_error }))
}
