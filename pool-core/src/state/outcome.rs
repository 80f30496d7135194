//! What a transition answers: values the shell must act on once the lock is released.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use crate::event::DiscardReason;
use crate::settings::RecyclePolicy;

/// What has to happen after a transition, outside the lock.
///
/// User code hides in every field: a waker is woken, a resource or a cause dropped. That is why
/// they leave the state machine instead of being dealt with in it.
#[derive(Debug)]
#[must_use = "a lost effect is a lost wake-up or a lost slot"]
#[expect(clippy::struct_excessive_bools, reason = "each asks for one thing")]
pub(crate) struct Effects<T, E, W> {
    /// Wake tokens to be woken.
    pub(crate) wakes: Few<W>,
    /// Resources whose slots are closing: drop each, then report it with `State::gone`.
    pub(crate) evicted: Vec<Evicted<T>>,
    /// Causes that nobody needs any more: drop them.
    pub(crate) causes: Few<E>,
    /// A wake token that was replaced or left over: drop it.
    pub(crate) unused: Option<W>,
    /// Waiters are to be told something: call `State::tell` until it says that it is done.
    pub(crate) announce: bool,
    /// Resources are missing to the minimum: create them with `State::permit_to_fill`.
    pub(crate) fill: bool,
    /// Something was given to a waiter, and nobody sweeps: see that somebody calls `State::sweep`.
    pub(crate) sweep: bool,
    /// Something will expire, or other limits on age hold: see that somebody calls `State::reap`.
    pub(crate) maintain: bool,
}

impl<T, E, W> Effects<T, E, W> {
    pub(crate) const fn none() -> Self {
        Self {
            wakes: Few::none(),
            evicted: Vec::new(),
            causes: Few::none(),
            unused: None,
            announce: false,
            fill: false,
            sweep: false,
            maintain: false,
        }
    }

    /// Whether there is nothing to do.
    #[inline]
    pub(crate) fn are_none(&self) -> bool {
        let asks = self.announce | self.fill | self.sweep | self.maintain;
        !asks
            && self.wakes.is_empty()
            && self.causes.is_empty()
            && self.unused.is_none()
            && self.evicted.is_empty()
    }
}

/// Nearly always none or one: the first needs no allocation, and the others one word.
#[derive(Debug)]
#[must_use = "what a transition gives away is woken or dropped outside the lock"]
pub(crate) struct Few<O> {
    first: Option<O>,
    rest: Option<Box<More<O>>>,
}

#[derive(Debug)]
struct More<O>(Vec<O>);

impl<O> Few<O> {
    pub(crate) const fn none() -> Self {
        Self { first: None, rest: None }
    }

    #[inline]
    pub(crate) fn push(&mut self, one: Option<O>) {
        if self.first.is_none() {
            self.first = one;
        } else if one.is_some() {
            self.rest.get_or_insert_with(|| Box::new(More(Vec::new()))).0.extend(one);
        }
    }

    /// Takes the first; there may be more all the same.
    #[inline]
    pub(crate) fn take_first(&mut self) -> Option<O> {
        self.first.take()
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.first.is_none() && self.rest.is_none()
    }

    pub(crate) fn each(self, mut give: impl FnMut(O)) {
        self.first.into_iter().for_each(&mut give);
        self.rest.into_iter().flat_map(|more| more.0).for_each(give);
    }
}

/// A resource that the pool ends, and why.
#[derive(Debug)]
#[must_use = "its slot is closing until it is gone"]
pub(crate) struct Evicted<T> {
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

/// A waiter's place, held by the get it belongs to. Not `Clone`: a place is left once. (A walk
/// through all states takes up each of them more than once.)
#[derive(Debug, PartialEq, Eq, Hash)]
#[cfg_attr(any(test, fuzzing), derive(Clone))]
pub(crate) struct Key(pub(super) u32);

/// What a get that found nothing idle meets on entering the queue.
#[derive(Debug)]
#[must_use = "a key that is dropped without `leave` strands its waiter"]
pub(crate) enum Entered<T> {
    /// A resource had come back in the meantime, or was kept for `min_idle`.
    Lent(Lent<T>),
    /// Only a clock can tell what is over: that first, by `attend`, and then again.
    Unattended,
    /// It waits.
    Waits(Key),
    /// It waits and is to begin a create.
    Creates(Key, Permit),
    /// It may not wait: the pool is closed, or too many wait already.
    Refused(Verdict<Infallible>),
}

/// What a waiter finds when it looks.
#[derive(Debug)]
#[must_use = "a grant that is dropped loses its slot"]
pub(crate) enum Polled<T, E> {
    /// A resource; the waiter has left the queue.
    Granted(Lent<T>),
    /// What it was given was invalidated, or has expired, before it looked: that ends. It has left the
    /// queue, and enters again as the first.
    Stale(Evicted<T>),
    /// Bad news; the waiter has left the queue.
    Told(Verdict<E>),
    /// It is to begin a create, and waits on.
    Create(Permit),
    /// It was to begin a create, but the pool has shrunk or been suspended since: it releases the
    /// permit.
    Pointless(Permit),
    /// What it was given went on to the next, as it did not look for too long (law G2). It has left
    /// the queue, and enters again as the first.
    Absent,
    /// Nothing yet.
    Waits,
}

/// The right to create one resource. It is counted: whoever has it reports how the create ended.
#[derive(Debug)]
#[cfg_attr(any(test, fuzzing), derive(Clone))]
#[must_use = "a permit that is dropped loses its slot"]
pub(crate) struct Permit {
    /// While creates fail, the create may not start earlier.
    pub(crate) not_before: Option<Instant>,
    /// The waiter that begins the create, if one does.
    pub(super) asker: Option<Asker>,
}

/// A waiter for whom a create or a check is in flight. It may have left since, and another may have
/// its place: that one has another ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asker {
    pub(super) key: u32,
    pub(super) ticket: u64,
}

/// Where in the queue a get enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has just come.
    Last,
    /// It has been waiting, and had to leave the queue.
    First,
}

/// When what was given is to be looked at again, if it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// After this time.
    For(Duration),
    /// At that time, or when somebody waits.
    Until(Instant),
}

/// When a resource was made, and what spreads the ends of those that were made together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Born {
    pub(crate) tick: u64,
    /// From 0 to 1.
    pub(crate) chance: f64,
}

/// What a resource is marked with when the pool takes it in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    /// Its serial number within the pool.
    pub(crate) number: u64,
    pub(crate) known_good_at: u64,
    pub(crate) expires_at: u64,
    pub(crate) recycle_policy: RecyclePolicy,
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
