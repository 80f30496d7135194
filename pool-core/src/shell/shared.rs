//! What handles, items and running creates share: the one lock, and what happens outside it.
//!
//! Law L1: no code of the user's runs under the lock. Every transition is one closure given to
//! [`Shared::with`]; what it answers is carried out by [`Shared::carry_out`] when the lock is
//! free. Idle resources hold no reference to `Shared`, so there is no cycle.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::observer::{DiscardReason, Event, Observer};
use crate::pooled::{Pooled, checks_on_the_spot};
use crate::runtime::Runtime;
use crate::settings::Settings;
use crate::shell::check::RecyclePolicy;
use crate::shell::closing::{Closing, close_on_the_spot, reset_on_the_spot};
use crate::shell::creation::Creation;
use crate::shell::holders::Holders;
use crate::shell::maintain::Maintenance;
use crate::shell::sync::{Mutex, MutexGuard};
use crate::state::{Dated, Effects, State, Surplus};
use crate::usage::{Life, Loan, Usage};

pub(crate) type PoolState<P> = State<Box<Slot<P>>, Failure<<P as Pooled>::Error>, Waker>;

pub(crate) type PoolEffects<P> = Effects<Box<Slot<P>>, Failure<<P as Pooled>::Error>, Waker>;

pub(crate) struct Shared<P: Pooled> {
    locked: Mutex<Locked<P>>,
    pub(crate) runtime: Box<dyn Runtime>,
    pub(crate) maintenance: Maintenance,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) observer: Option<Box<dyn Observer>>,
    pub(crate) holders: Option<Holders>,
}

/// What the one lock guards.
struct Locked<P: Pooled> {
    state: PoolState<P>,
    /// What the next create is given.
    config: Arc<P::Config>,
    /// How many resources were made, to number them.
    made: u64,
}

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
    /// Makes it surplus wherever it comes in, until the generation is given back.
    pub(crate) fn leave_all_generations(&mut self) -> u64 {
        std::mem::replace(&mut self.generation, CUT_SHORT)
    }

    /// Why a resource really ends of which the state machine knows this much.
    fn discard_reason(&self, reason: DiscardReason) -> DiscardReason {
        match reason {
            DiscardReason::Invalidated if self.generation == CUT_SHORT => DiscardReason::CutShort,
            reason => reason,
        }
    }
}

/// The generation of a resource on which an operation has begun and not ended.
const CUT_SHORT: u64 = u64::MAX;

impl<P: Pooled> Slot<P> {
    /// A resource that has just been made.
    pub(crate) fn new(shared: &Shared<P>, resource: P::Resource, origin: Origin<P>) -> Self {
        let created_at = shared.runtime.now();
        let mut locked = shared.locked.lock();
        locked.made += 1;
        let number = locked.made;
        let (settings, known_good_at) = (*locked.state.settings(), locked.state.suspicion());
        drop(locked);
        let expires_at = shared.maintenance.expiry(created_at, &settings);
        let mut life = Life::new(number, created_at, expires_at, known_good_at);
        life.notes_return = notes_return::<P>(settings.recycle_policy);
        Self { resource, origin, life }
    }
}

/// Whether the time of a return decides about the next check.
pub(crate) fn notes_return<P: Pooled>(policy: RecyclePolicy) -> bool {
    !checks_on_the_spot::<P>() && matches!(policy, RecyclePolicy::IfIdleFor(_))
}

impl<P: Pooled> Dated for Box<Slot<P>> {
    #[inline]
    fn have_check() -> bool {
        !checks_on_the_spot::<P>()
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

/// Why a create failed.
#[derive(Debug)]
pub(crate) enum Failure<E> {
    Error(Arc<E>),
    /// It took longer than this, the `create_timeout`.
    TimedOut(Duration),
}

impl<E> Clone for Failure<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Error(error) => Self::Error(Arc::clone(error)),
            Self::TimedOut(limit) => Self::TimedOut(*limit),
        }
    }
}

impl<P: Pooled> Shared<P> {
    pub(crate) fn new(
        state: PoolState<P>,
        config: P::Config,
        runtime: Box<dyn Runtime>,
        name: Option<Arc<str>>,
        observer: Option<Box<dyn Observer>>,
        holders: Option<Holders>,
    ) -> Self {
        let locked = Mutex::new(Locked { state, config: Arc::new(config), made: 0 });
        let maintenance = Maintenance::new(runtime.now());
        Self { locked, runtime, maintenance, name, observer, holders }
    }

    /// What a create that starts here is made with, and how long it may take; `None` if it may not
    /// start any more.
    pub(crate) fn begin_create(&self) -> Option<(Origin<P>, Option<Duration>)> {
        let locked = self.locked.lock();
        let state = &locked.state;
        (!state.is_create_pointless()).then(|| (locked.origin(), state.settings().create_timeout))
    }

    /// What a resource that comes in here counts as made with.
    pub(crate) fn origin(&self) -> Origin<P> {
        self.locked.lock().origin()
    }

    pub(crate) fn settings(&self) -> Settings {
        self.with(|state| *state.settings())
    }

    /// Has all that exists end, and gives later creates another config in the same critical
    /// section, if there is one.
    pub(crate) fn invalidate(self: &Arc<Self>, mut config: Option<Arc<P::Config>>) {
        let mut locked = self.locked.lock();
        if let Some(config) = &mut config {
            std::mem::swap(&mut locked.config, config);
        }
        let effects = locked.state.invalidate();
        drop(locked);
        contain(|| drop(config));
        self.carry_out(effects);
    }

    /// Makes one transition, or reads, under the lock.
    #[inline]
    pub(crate) fn with<O>(&self, transition: impl FnOnce(&mut PoolState<P>) -> O) -> O {
        transition(&mut self.locked.lock().state)
    }

    /// Makes one transition and carries out what follows from it.
    pub(crate) fn change(
        self: &Arc<Self>,
        transition: impl FnOnce(&mut PoolState<P>) -> PoolEffects<P>,
    ) {
        let effects = self.with(transition);
        self.carry_out(effects);
    }

    /// Does what a transition asked for. Whatever panics on the way is contained (law P1), so
    /// that nothing after it is lost.
    pub(crate) fn carry_out(self: &Arc<Self>, effects: PoolEffects<P>) {
        let Effects { wakes, surplus, causes, unused, announce, fill } = effects;
        wakes.each(|waker| {
            #[expect(clippy::disallowed_methods, reason = "this is the one place that wakes")]
            contain(|| waker.wake());
        });
        if announce {
            self.announce();
        }
        contain(|| drop(unused));
        for cause in causes {
            contain(|| drop(cause));
        }
        for Surplus { resource, reason } in surplus {
            self.end(resource, reason);
        }
        if fill {
            self.fill_in_background();
        }
    }

    /// Takes a resource back from its holder.
    #[inline]
    pub(crate) fn put(self: &Arc<Self>, mut slot: Box<Slot<P>>) {
        if slot.life.loan.is_some() {
            self.end_loan(&mut slot);
        }
        if std::thread::panicking() && self.with(|state| state.settings().discard_on_panic) {
            return self.discard(slot, DiscardReason::HolderPanicked);
        }
        let resource = &mut slot.resource;
        if contained_answer(|| P::is_reusable(resource)) != Some(true) {
            return self.discard(slot, DiscardReason::NotReusable);
        }
        if !checks_on_the_spot::<P>() && slot.life.notes_return {
            slot.life.returned_at = Some(self.runtime.now());
        }
        match reset_on_the_spot::<P>(&mut slot.resource) {
            Some(true) => {}
            Some(false) => return self.discard(slot, DiscardReason::NotReset),
            None => return self.reset(slot),
        }
        let mut locked = self.locked.lock();
        if let Err(slot) = locked.state.put_idle(slot) {
            self.hand_on(locked, slot);
        }
    }

    /// The rest of `put`, in the same critical section but apart, so that the hit path is short.
    #[cold]
    fn hand_on(self: &Arc<Self>, mut locked: MutexGuard<'_, Locked<P>>, slot: Box<Slot<P>>) {
        let effects = locked.state.put(slot);
        drop(locked);
        self.carry_out(effects);
    }

    /// Ends a lent resource and frees its slot when it is gone.
    #[cold]
    pub(crate) fn discard(self: &Arc<Self>, slot: Box<Slot<P>>, reason: DiscardReason) {
        self.with(State::retire);
        self.end(slot, reason);
    }

    pub(crate) fn close(self: &Arc<Self>) {
        let (effects, was_closed) = self.with(|state| {
            let was_closed = state.is_closed();
            (state.close(), was_closed)
        });
        self.carry_out(effects);
        if !was_closed {
            self.observe(|| Event::Close);
        }
    }

    pub(crate) fn usage<'a>(&'a self, slot: &'a Slot<P>) -> Usage<'a> {
        Usage::new(&slot.life, &*self.runtime)
    }

    /// Whether the times of loans are noted.
    #[inline]
    pub(crate) fn notes_loans(&self) -> bool {
        self.observer.is_some() || self.holders.is_some()
    }

    /// Notes that an item begins.
    #[cold]
    pub(crate) fn begin_loan(&self, slot: &mut Slot<P>, caller: &'static Location<'static>) {
        let since = self.runtime.now();
        let number = slot.life.number;
        let holder = self.holders.as_ref().map(|holders| holders.begin(caller, since, number));
        slot.life.loan = Some(Loan { since, holder });
    }

    /// Notes that an item has ended.
    #[cold]
    pub(crate) fn end_loan(&self, slot: &mut Slot<P>) {
        let Some(Loan { since, holder }) = slot.life.loan.take() else { return };
        if let (Some(holders), Some(holder)) = (&self.holders, holder) {
            holders.end(holder);
        }
        self.observe(|| Event::Return {
            held: self.runtime.now().saturating_duration_since(since),
        });
    }

    /// Ends a resource whose slot is closing.
    pub(crate) fn end(self: &Arc<Self>, slot: Box<Slot<P>>, reason: DiscardReason) {
        self.observe(|| Event::Discard { reason: slot.origin.discard_reason(reason) });
        match close_on_the_spot::<P>(slot) {
            Ok(()) => self.change(State::gone),
            Err(slot) => Closing::close(self, slot).begin(),
        }
    }

    /// Resets a returned resource, unless it would be closed then.
    fn reset(self: &Arc<Self>, slot: Box<Slot<P>>) {
        match self.with(|state| state.begin_reset(&slot)) {
            Ok(()) => Closing::reset(self, slot).begin(),
            Err(reason) => self.end(slot, reason),
        }
    }

    /// Tells waiters what they are to be told, in chunks, so that others get at the lock.
    fn announce(self: &Arc<Self>) {
        loop {
            let mut effects = self.with(State::tell);
            let more = std::mem::take(&mut effects.announce);
            self.carry_out(effects);
            if !more {
                return;
            }
        }
    }

    /// Creates what is missing to the minimum in tasks of the executor's.
    fn fill_in_background(self: &Arc<Self>) {
        // The permits are taken before a task is spawned: an executor that has shut down drops it
        // at once, and the permit with it. Each create that ends asks for what is still missing.
        let permits = std::iter::from_fn(|| self.with(State::permit_to_fill));
        let permits: Vec<_> = permits.take(FILL_CHUNK).collect();
        for permit in permits {
            Creation::new(Arc::clone(self), permit).detach();
        }
    }
}

impl<P: Pooled> Locked<P> {
    fn origin(&self) -> Origin<P> {
        Origin { config: Arc::clone(&self.config), generation: self.state.generation() }
    }
}

/// How many creates are begun at once for the minimum.
const FILL_CHUNK: usize = 64;

/// Asks user code for an answer where a panic must not get through; a panic is none.
#[inline]
pub(crate) fn contained_answer(question: impl FnOnce() -> bool) -> Option<bool> {
    match catch_unwind(AssertUnwindSafe(question)) {
        Ok(answer) => Some(answer),
        Err(payload) => {
            contain(|| drop(payload));
            None
        }
    }
}

/// Runs user code where a panic must not get through (law P1).
pub(crate) fn contain(user_code: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(user_code)) {
        // A payload may itself panic when dropped; after the second one it is left alone.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(payload);
        }
    }
}

/// Runs user code in a task of the pool's own, where a panic ends it.
pub(crate) async fn contained<F: Future + Unpin>(mut user_code: F) -> Option<F::Output> {
    poll_fn(move |cx| match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut user_code).poll(cx))) {
        Ok(poll) => poll.map(Some),
        Err(payload) => {
            contain(|| drop(payload));
            Poll::Ready(None)
        }
    })
    .await
}

/// A number from 0 to 1 that differs from call to call.
pub(crate) fn chance() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    let bits = RandomState::new().hash_one(());
    f64::from(u32::try_from(bits >> 32).expect("half of 64 bits fits into 32"))
        / f64::from(u32::MAX)
}
