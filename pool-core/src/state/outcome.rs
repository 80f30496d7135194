//! What a transition answers: values the shell must act on once the lock is released.

use std::convert::Infallible;
use std::time::Instant;

use super::waiters::Key;
use crate::event::DiscardReason;

/// What has to happen after a transition, outside the lock.
///
/// User code hides in every field: a waker is woken, a resource or a cause dropped. That is why
/// they leave the state machine instead of being dealt with in it.
#[derive(Debug)]
#[must_use = "a lost effect is a lost wake-up or a lost slot"]
pub(crate) struct Effects<T, E, W> {
    pub(crate) wakes: Wakes<W>,
    /// Resources whose slots are closing: drop each, then report it with `State::gone`.
    pub(crate) surplus: Vec<Surplus<T>>,
    /// Causes that nobody needs any more: drop them.
    pub(crate) causes: [Option<E>; 2],
    /// A wake token that was replaced or left over: drop it.
    pub(crate) unused: Option<W>,
    /// Waiters are to be told something: call `State::tell` until it says that it is done.
    pub(crate) announce: bool,
    /// Resources are missing to the minimum: create them with `State::permit_to_fill`.
    pub(crate) fill: bool,
}

impl<T, E, W> Effects<T, E, W> {
    pub(crate) const fn none() -> Self {
        Self {
            wakes: Wakes::none(),
            surplus: Vec::new(),
            causes: [None, None],
            unused: None,
            announce: false,
            fill: false,
        }
    }
}

/// Wake tokens to be woken. Nearly always none or one, so the first needs no allocation.
#[derive(Debug)]
#[must_use = "a lost wake token is a lost wake-up"]
pub(crate) struct Wakes<W> {
    first: Option<W>,
    rest: Vec<W>,
}

impl<W> Wakes<W> {
    pub(crate) const fn none() -> Self {
        Self { first: None, rest: Vec::new() }
    }

    pub(crate) fn push(&mut self, token: Option<W>) {
        if self.first.is_none() {
            self.first = token;
        } else {
            self.rest.extend(token);
        }
    }

    pub(crate) fn each(self, mut wake: impl FnMut(W)) {
        if let Some(first) = self.first {
            wake(first);
            self.rest.into_iter().for_each(wake);
        }
    }
}

/// A resource that is to end, and why.
#[derive(Debug)]
#[must_use = "its slot is closing until it is gone"]
pub(crate) struct Surplus<T> {
    pub(crate) resource: T,
    pub(crate) reason: DiscardReason,
}

/// A resource that is lent.
#[derive(Debug)]
#[must_use = "its slot is lent until it is put back"]
pub(crate) struct Lent<T> {
    pub(crate) resource: T,
    /// Straight from its create, so that it needs no check.
    pub(crate) fresh: bool,
    /// Its borrower has to see whether it is fit. Otherwise the borrower's get has ended.
    pub(crate) check_due: bool,
}

/// What a get that found nothing idle meets on entering the queue.
#[derive(Debug)]
#[must_use = "a key that is dropped without `leave` strands its waiter"]
pub(crate) enum Entered<T> {
    /// A resource had come back in the meantime, or was kept for `min_idle`.
    Lent(Lent<T>),
    /// It waits.
    Waits(Key),
    /// It waits and is to drive a create.
    Drives(Key, Permit),
    /// It may not wait: the pool is closed, or too many wait already.
    Refused(Verdict<Infallible>),
}

/// What a waiter finds when it looks.
#[derive(Debug)]
#[must_use = "a grant that is dropped loses its slot"]
pub(crate) enum Polled<T, E> {
    /// A resource; the waiter has left the queue.
    Granted(Lent<T>),
    /// Bad news; the waiter has left the queue.
    Told(Verdict<E>),
    /// It is to drive a create, and waits on.
    Drive(Permit),
    /// It was to drive a create, but the pool has shrunk or been suspended since: it releases the
    /// permit.
    Surplus,
    /// Nothing yet.
    Waits,
}

/// The right to create one resource. It is counted: whoever has it reports how the create ended.
#[derive(Clone, Copy, Debug)]
#[must_use = "a permit that is dropped loses its slot"]
pub(crate) struct Permit {
    /// While creates fail, the create may not start earlier.
    pub(crate) not_before: Option<Instant>,
}

/// A resource that was given to a waiter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Grant<T> {
    pub(super) resource: T,
    /// Straight from its create, so that it needs no check.
    pub(super) fresh: bool,
}

/// Why a waiter gets no resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Verdict<E> {
    /// A create failed, and nothing else was on its way.
    Failed(E),
    Closed,
    Overloaded,
}

impl<E> Verdict<E> {
    pub(crate) fn into_cause(self) -> Option<E> {
        match self {
            Self::Failed(cause) => Some(cause),
            Self::Closed | Self::Overloaded => None,
        }
    }
}

/// Why a resource was not taken in; it is handed back.
#[derive(Debug)]
pub(crate) enum Refused<T> {
    Full(T),
    Closed(T),
}
