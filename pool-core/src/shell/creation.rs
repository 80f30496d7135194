//! One create, from its permit to its settlement.
//!
//! A [`Creation`] owns a permit (law A3): it ends in `settle`, or in `Drop`, which gives the
//! permit back. Whoever polls it drives it; who leaves calls `hand_over`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use crate::event::{Event, Operation};
use crate::panics::contain;
use crate::pooled::Pooled;
use crate::runtime::Sleep;
use crate::shell::clock::chance;
use crate::shell::observing::Observed;
use crate::shell::shared::Shared;
use crate::shell::slot::{Failure, Origin, Slot};
use crate::shell::timer::Within;
use crate::shell::watch::Watch;
use crate::state::{Failed, Key, Permit, State};

/// A create's work, without its permit.
type Work<P> = Pin<Box<dyn Future<Output = Made<P>> + Send>>;
type Made<P> = Result<Box<Slot<P>>, Failure<<P as Pooled>::Error>>;

pub(crate) struct Creation<P: Pooled> {
    stage: Stage<P>,
    shared: Arc<Shared<P>>,
}

enum Stage<P: Pooled> {
    /// Creates fail: this one may not start earlier.
    Due(Instant),
    Pausing(Sleep),
    Unstarted,
    Started {
        work: Work<P>,
        begun: Instant,
    },
    /// The permit has been given back.
    Settled,
}

/// How a create ended.
pub(crate) enum Outcome<P: Pooled> {
    Made(Made<P>),
    /// It had not begun when its caller left, or the pool was closed, suspended or shrunk.
    Pointless,
    Panicked(Box<dyn Any + Send>),
}

impl<P: Pooled> Creation<P> {
    /// Takes charge of a permit that the state has given.
    pub(crate) fn new(shared: Arc<Shared<P>>, Permit { not_before }: Permit) -> Self {
        Self { stage: not_before.map_or(Stage::Unstarted, Stage::Due), shared }
    }

    /// Carries the create on. A panic in it is caught, as its permit must be settled first.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<P>> {
        match catch_unwind(AssertUnwindSafe(|| self.advance(cx))) {
            Ok(poll) => poll,
            Err(payload) => Poll::Ready(Outcome::Panicked(payload)),
        }
    }

    /// Gives the outcome to the pool. `driver` is the waiter that drove the create, if any; it is
    /// given the payload of a panic, to unwind with.
    pub(crate) fn settle(
        mut self,
        outcome: Outcome<P>,
        driver: Option<&Key>,
    ) -> Option<Box<dyn Any + Send>> {
        let stage = std::mem::replace(&mut self.stage, Stage::Settled);
        let begun = match &stage {
            Stage::Started { begun, .. } => Some(*begun),
            Stage::Due(_) | Stage::Pausing(_) | Stage::Unstarted | Stage::Settled => None,
        };
        contain(|| drop(stage));
        match outcome {
            Outcome::Made(Ok(slot)) => {
                let born = self.shared.born(slot.life.created_at);
                self.shared.change(|state| state.created(slot, driver, born));
            }
            Outcome::Made(Err(failure)) => {
                let now = self.shared.runtime.now();
                let begun = begun.expect("what fails has begun");
                let failed = Failed { begun, now, chance: chance() };
                self.shared.change(|state| state.create_failed(failure, driver, failed));
            }
            Outcome::Pointless => self.shared.change(|state| state.release_permit(driver)),
            Outcome::Panicked(payload) => {
                self.shared.change(|state| state.create_broke_off(driver));
                return Some(payload);
            }
        }
        None
    }

    /// Leaves a started create to the executor (law W4). One that has not started is dropped,
    /// and its permit goes to whoever needs it.
    pub(crate) fn hand_over(self) {
        if self.is_started() {
            self.detach();
        } else {
            self.settle(Outcome::Pointless, None);
        }
    }

    pub(crate) fn is_started(&self) -> bool {
        matches!(self.stage, Stage::Started { .. })
    }

    /// Leaves the create to the executor.
    pub(crate) fn detach(self) {
        let shared = Arc::clone(&self.shared);
        let watch = Watch::new(Arc::clone(&shared));
        shared.runtime.spawn(Box::pin(Detached { creation: Some(self), watch }));
    }

    fn advance(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<P>> {
        loop {
            match &mut self.stage {
                Stage::Due(not_before) => {
                    let pause = not_before.saturating_duration_since(self.shared.runtime.now());
                    self.stage = if pause.is_zero() {
                        Stage::Unstarted
                    } else {
                        Stage::Pausing(self.shared.runtime.sleep(pause))
                    };
                }
                Stage::Pausing(sleep) => match sleep.as_mut().poll(cx) {
                    Poll::Ready(()) => self.stage = Stage::Unstarted,
                    Poll::Pending => return Poll::Pending,
                },
                Stage::Unstarted => {
                    let begun = self.shared.runtime.now();
                    let Some((origin, timeout)) = self.shared.begin_create() else {
                        return Poll::Ready(Outcome::Pointless);
                    };
                    let work = work(Arc::clone(&self.shared), origin, timeout);
                    self.stage = Stage::Started { work, begun };
                }
                Stage::Started { work, .. } => return work.as_mut().poll(cx).map(Outcome::Made),
                Stage::Settled => unreachable!("a settled create is gone"),
            }
        }
    }
}

impl<P: Pooled> Drop for Creation<P> {
    fn drop(&mut self) {
        let stage = std::mem::replace(&mut self.stage, Stage::Settled);
        if !matches!(stage, Stage::Settled) {
            // The half-made resource goes before its slot is free.
            contain(|| drop(stage));
            self.shared.change(|state| state.create_broke_off(None));
        }
    }
}

fn work<P: Pooled>(
    shared: Arc<Shared<P>>,
    origin: Origin<P>,
    timeout: Option<Duration>,
) -> Work<P> {
    Box::pin(async move {
        let create = Within::new(&*shared.runtime, timeout, P::create(&origin.config));
        let event = |outcome, took| Event::Create { outcome, took };
        match Observed::new(&*shared, Operation::Create, event, create).await {
            Some(Ok(resource)) => Ok(Box::new(Slot::new(resource, origin, shared.runtime.now()))),
            Some(Err(error)) => Err(Failure::Error(Arc::new(error))),
            None => Err(Failure::TimedOut(timeout.unwrap_or(Duration::MAX))),
        }
    })
}

/// A create that the executor drives; a panic in it ends here (law P1).
struct Detached<P: Pooled> {
    creation: Option<Creation<P>>,
    /// A create that waits out a pause ends when the pool is closed meanwhile.
    watch: Watch<P>,
}

impl<P: Pooled> Future for Detached<P> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { creation, watch } = &mut *self;
        let Some(driven) = creation else { return Poll::Ready(()) };
        let is_over = !driven.is_started() && watch.poll_until(State::is_closed, cx).is_ready();
        let outcome = if is_over { Outcome::Pointless } else { ready!(driven.poll(cx)) };
        if let Some(creation) = creation.take() {
            let payload = creation.settle(outcome, None);
            contain(|| drop(payload));
        }
        Poll::Ready(())
    }
}
