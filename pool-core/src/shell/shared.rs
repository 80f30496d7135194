//! What handles, items and running creates share: the one lock, and what happens outside it.
//!
//! Law L1: no code of the user's runs under the lock. A transition is a closure given to
//! [`Shared::with`]; what it answers is carried out by [`Shared::carry_out`] when the lock is free.
//! What needs the config as well, and the put that hands on in the same critical section, lock by
//! themselves, here and in `returning`, to the same rule.
//! Idle resources hold no reference to `Shared`, so there is no cycle.

use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::event::Event;
use crate::observer::Observer;
use crate::panics::contain;
use crate::pooled::Pooled;
use crate::runtime::Runtime;
use crate::settings::Settings;
use crate::shell::creation::create_elsewhere;
use crate::shell::holders::Holders;
use crate::shell::maintain::{maintain, sweep};
use crate::shell::slot::{Failure, Origin, Slot};
use crate::shell::sync::Mutex;
use crate::state::{Effects, Evicted, State};
use crate::usage::Usage;

pub(crate) type PoolState<P> = State<Box<Slot<P>>, Failure<<P as Pooled>::Error>, Waker>;

pub(crate) type PoolEffects<P> = Effects<Box<Slot<P>>, Failure<<P as Pooled>::Error>, Waker>;

pub(crate) struct Shared<P: Pooled> {
    pub(super) locked: Mutex<Locked<P>>,
    pub(crate) runtime: Box<dyn Runtime>,
    /// Ticks are milliseconds since.
    pub(super) built_at: Instant,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) observer: Option<Box<dyn Observer>>,
    pub(crate) holders: Option<Holders>,
}

/// What the one lock guards.
pub(super) struct Locked<P: Pooled> {
    pub(super) state: PoolState<P>,
    /// What the next create is given.
    config: Arc<P::Config>,
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
        let locked = Mutex::new(Locked { state, config: Arc::new(config) });
        let built_at = runtime.now();
        Self { locked, runtime, built_at, name, observer, holders }
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

    /// Does what a transition asked for, which is most often nothing.
    #[inline]
    pub(crate) fn carry_out(self: &Arc<Self>, mut effects: PoolEffects<P>) {
        if let Some(waker) = effects.wakes.take_first() {
            wake(waker);
        }
        if effects.are_none() {
            // What is empty has nothing to drop.
            std::mem::forget(effects);
        } else {
            self.carry_out_all(effects);
        }
    }

    /// Whatever panics on the way is contained (law P1), so that nothing after it is lost.
    #[inline(never)]
    fn carry_out_all(self: &Arc<Self>, effects: PoolEffects<P>) {
        let Effects { fill, sweep: sweeps, maintain: maintains, .. } = effects;
        let Effects { wakes, evicted, causes, unused, announce, .. } = effects;
        wakes.each(wake);
        if announce {
            self.announce();
        }
        if let Some(unused) = unused {
            contain(|| drop(unused));
        }
        causes.each(|cause| contain(|| drop(cause)));
        for Evicted { resource, reason } in evicted {
            self.end(resource, reason);
        }
        if fill {
            self.fill_in_background();
        }
        if sweeps {
            sweep(self);
        }
        if maintains {
            maintain(self);
        }
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

    /// Sees to what only a clock can tell: what is over ends before anything is lent, and an outage when
    /// nobody has tried for long. The clock is kept from here on, if its keeper has died with its runtime.
    #[cold]
    pub(crate) fn attend(self: &Arc<Self>) {
        if self.with(|state| state.is_to_attend()) {
            let now = self.runtime.now();
            self.change(|state| state.attend(now));
        }
    }

    /// Whether the times of loans are noted.
    #[inline]
    pub(crate) fn notes_loans(&self) -> bool {
        self.observer.is_some() || self.holders.is_some()
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
            create_elsewhere(self, permit);
        }
    }
}

impl<P: Pooled> Locked<P> {
    fn origin(&self) -> Origin<P> {
        Origin { config: Arc::clone(&self.config), generation: self.state.generation() }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that wakes")]
fn wake(waker: Waker) {
    contain(|| waker.wake());
}

/// How many creates are begun at once for the minimum.
const FILL_CHUNK: usize = 64;
