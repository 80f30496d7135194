//! One create, from its permit to its settlement.
//!
//! A [`Creation`] owns a permit (law A3): it ends by giving the outcome to the pool, or in `Drop`,
//! which gives the permit back. Nobody drives it: it is polled once where it begins, and goes on in
//! the executor (law G1).

use std::convert::Infallible;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use pin_project_lite::pin_project;

use crate::event::{Event, Operation};
use crate::panics::{Panic, contain};
use crate::pooled::Pooled;
use crate::shell::clock::chance;
use crate::shell::observing::Observed;
use crate::shell::shared::Shared;
use crate::shell::slot::{Failure, Slot};
use crate::shell::timer::Within;
use crate::shell::work::{Flight, begin, inside};
use crate::state::{Failed, Permit, State};

/// Begins a create here. A panic of its first poll comes back, after its permit is settled.
pub(crate) fn create<P: Pooled>(shared: &Arc<Shared<P>>, permit: Permit) -> Result<(), Panic> {
    let work = work(Arc::clone(shared), permit.not_before);
    let is_alone = false;
    begin(&*shared.runtime, Creation::boxed(shared, permit, is_alone, work))
}

/// Has the executor begin a create, as nobody waits for it here.
pub(crate) fn create_elsewhere<P: Pooled>(shared: &Arc<Shared<P>>, permit: Permit) {
    let work = work(Arc::clone(shared), permit.not_before);
    let is_alone = true;
    shared.runtime.spawn(Creation::boxed(shared, permit, is_alone, work));
}

/// How a create's work ended.
enum Ended<P: Pooled> {
    Made(Box<Slot<P>>),
    Failed {
        failure: Failure<P::Error>,
        begun: Instant,
    },
    /// It never began, as the pool was closed, suspended or shrunk; or nobody can use what it would
    /// have made (law G4).
    Pointless,
}

pin_project! {
    struct Creation<P: Pooled, F> {
        shared: Arc<Shared<P>>,
        // `None` once it was given back.
        permit: Option<Permit>,
        // Nobody is there to whom a panic could unwind.
        is_alone: bool,
        is_begun: bool,
        #[pin]
        work: Option<F>,
    }

    impl<P: Pooled, F> PinnedDrop for Creation<P, F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(permit) = this.permit.take() else { return };
            // The half-made resource goes before its slot is free.
            let runtime = &*this.shared.runtime;
            contain(|| inside(runtime, || this.work.set(None)));
            // What never began is nobody's loss: whoever waits begins another.
            let cause = this.is_begun.then_some(Failure::Abandoned);
            this.shared.change(|state| state.create_broke_off(permit, cause));
        }
    }
}

impl<P: Pooled, F: Future<Output = Ended<P>> + Send + 'static> Creation<P, F> {
    fn boxed(shared: &Arc<Shared<P>>, permit: Permit, is_alone: bool, work: F) -> Pin<Box<Self>> {
        let (shared, permit) = (Arc::clone(shared), Some(permit));
        Box::pin(Self { shared, permit, is_alone, is_begun: false, work: Some(work) })
    }
}

impl<P: Pooled, F: Future<Output = Ended<P>>> Future for Creation<P, F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        *this.is_begun = true;
        let Some(work) = this.work.as_mut().as_pin_mut() else { return Poll::Ready(()) };
        let polled = catch_unwind(AssertUnwindSafe(|| work.poll(cx)));
        if let Ok(Poll::Pending) = polled {
            *this.is_alone = true;
            return Poll::Pending;
        }
        contain(|| this.work.set(None));
        let permit = this.permit.take().expect("a create that goes on has its permit");
        let shared = this.shared;
        match polled {
            Ok(Poll::Ready(ended)) => settle(shared, permit, ended),
            Ok(Poll::Pending) => unreachable!("it has ended"),
            Err(payload) if *this.is_alone => {
                let cause = Some(Failure::panicked(payload));
                shared.change(|state| state.create_broke_off(permit, cause));
            }
            Err(payload) => {
                shared.change(|state| state.create_broke_off(permit, None));
                resume_unwind(payload);
            }
        }
        Poll::Ready(())
    }
}

/// Gives the outcome to the pool.
fn settle<P: Pooled>(shared: &Arc<Shared<P>>, permit: Permit, ended: Ended<P>) {
    match ended {
        Ended::Made(slot) => {
            let born = shared.born(slot.life.created_at);
            shared.change(|state| state.created(slot, permit, born));
        }
        Ended::Failed { failure, begun } => {
            let failed = Failed { begun, now: shared.runtime.now(), chance: chance() };
            shared.change(|state| state.create_failed(failure, permit, failed));
        }
        Ended::Pointless => shared.change(|state| state.release_permit(permit)),
    }
}

async fn work<P: Pooled>(shared: Arc<Shared<P>>, not_before: Option<Instant>) -> Ended<P> {
    if let Some(not_before) = not_before {
        pause(&shared, not_before).await;
    }
    let Some((origin, timeout)) = shared.begin_create() else { return Ended::Pointless };
    let begun = shared.runtime.now();
    let create = Within::new(&*shared.runtime, timeout, P::create(&origin.config));
    let event = |outcome, took| Event::Create { outcome, took };
    let create = Observed::new(&*shared, Operation::Create, event, create);
    let failure = match Flight::new(&shared, origin.generation, create).await {
        Some(Some(Ok(resource))) => {
            return Ended::Made(Box::new(Slot::new(resource, origin, shared.runtime.now())));
        }
        Some(Some(Err(error))) => Failure::Error(Arc::new(error)),
        Some(None) => Failure::TimedOut(timeout.unwrap_or_default()),
        None => return Ended::Pointless,
    };
    Ended::Failed { failure, begun }
}

/// Waits until a create may begin, unless it will have to begin anew.
async fn pause<P: Pooled>(shared: &Shared<P>, not_before: Instant) {
    let pause = not_before.saturating_duration_since(shared.runtime.now());
    if !pause.is_zero() {
        let generation = shared.with(|state| State::generation(state));
        let paused = Within::new(&*shared.runtime, Some(pause), pending::<Infallible>());
        Flight::new(shared, generation, paused).await;
    }
}
