//! A slot's resource: the box it stays in, what it was created with, and why a create fails.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::event::DiscardReason;
use crate::panics::Panic;
use crate::pooled::{Pooled, checks_inline};
use crate::settings::RecyclePolicy;
use crate::state::{Dated, Stamp};
use crate::usage::Life;

/// A resource in the box it stays in from its create to its detach or end (law S2).
pub(crate) struct Slot<P: Pooled> {
    pub(crate) resource: P::Resource,
    pub(crate) origin: Origin<P>,
    pub(crate) life: Life,
}

/// What a resource was created with.
pub(crate) struct Origin<P: Pooled> {
    pub(crate) config: Arc<P::Config>,
    /// Law Z1 for `invalidate_all`: a resource of an earlier generation is never lent again.
    pub(crate) generation: u64,
}

impl<P: Pooled> Origin<P> {
    /// Has it evicted wherever it comes in, until the generation is given back.
    pub(crate) fn leave_all_generations(&mut self) -> u64 {
        std::mem::replace(&mut self.generation, CUT_SHORT)
    }

    /// Why a resource really ends of which the state machine knows this much.
    pub(crate) fn discard_reason(&self, reason: DiscardReason) -> DiscardReason {
        match reason {
            DiscardReason::Invalidated if self.generation == CUT_SHORT => DiscardReason::CutShort,
            reason => reason,
        }
    }
}

/// The generation of a resource on which an operation has begun and not ended.
const CUT_SHORT: u64 = u64::MAX;

impl<P: Pooled> Slot<P> {
    /// A resource that has just been made. The state machine stamps it when it takes it in.
    pub(crate) fn new(resource: P::Resource, origin: Origin<P>, created_at: Instant) -> Self {
        Self { resource, origin, life: Life::new(created_at) }
    }
}

/// Whether the time of a return decides about the next check.
pub(crate) fn notes_return<P: Pooled>(policy: RecyclePolicy) -> bool {
    !checks_inline::<P>() && matches!(policy, RecyclePolicy::IfIdleFor(_))
}

impl<P: Pooled> Dated for Box<Slot<P>> {
    #[inline]
    fn have_check() -> bool {
        !checks_inline::<P>()
    }

    fn stamp(&mut self, stamp: Stamp) {
        let Stamp { number, known_good_at, expires_at, recycle_policy } = stamp;
        let life = &mut self.life;
        (life.number, life.known_good_at, life.expires_at) = (number, known_good_at, expires_at);
        life.notes_return = notes_return::<P>(recycle_policy);
    }

    fn known_good_at(&self) -> u64 {
        self.life.known_good_at
    }

    #[inline]
    fn generation(&self) -> u64 {
        self.origin.generation
    }

    #[inline]
    fn expires_at(&self) -> u64 {
        self.life.expires_at
    }

    fn idle_since(&mut self, now: u64) -> u64 {
        self.life.idle_since(now)
    }
}

/// Why a create, or a check that goes on without its borrower, came to nothing.
#[derive(Debug)]
pub(crate) enum Failure<E> {
    Error(Arc<E>),
    /// It took longer than this, the `create_timeout`.
    TimedOut(Duration),
    /// It panicked in the executor. The payload is for the first that takes it.
    Panicked(Arc<Mutex<Option<Panic>>>),
    /// The executor dropped it, or there is none.
    Abandoned,
}

impl<E> Failure<E> {
    pub(crate) fn panicked(payload: Panic) -> Self {
        Self::Panicked(Arc::new(Mutex::new(Some(payload))))
    }
}

impl<E> Clone for Failure<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Error(error) => Self::Error(Arc::clone(error)),
            Self::TimedOut(limit) => Self::TimedOut(*limit),
            Self::Panicked(payload) => Self::Panicked(Arc::clone(payload)),
            Self::Abandoned => Self::Abandoned,
        }
    }
}
