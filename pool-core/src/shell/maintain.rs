//! The pool's upkeep: tasks that exist only while there is something to look after.
//!
//! *Maintenance* ends idle resources whose time is over. It sleeps until something expires, and
//! keeps the coarse clock by which the state machine knows what has expired (law S3), so that
//! neither a get nor a put reads a clock. *Sweeping* sees that what was given to a get which does not
//! fetch it goes on to the next (law G2). Both die with their runtime, and the state machine has
//! another begin when it is needed (law G3).

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::panics::{contain, contained};
use crate::pooled::Pooled;
use crate::shell::shared::{PoolEffects, PoolState, Shared};
use crate::shell::watch::Watch;
use crate::state::{Rest, State};

/// Starts the maintenance, which the state machine asked for. What is due ends at once, wherever
/// this is called: whoever lends next lends nothing that is over.
pub(crate) fn maintain<P: Pooled>(shared: &Arc<Shared<P>>) {
    let maintenance = Maintenance(Arc::clone(shared));
    let mut next = maintenance.reap();
    shared.runtime.spawn(Box::pin(async move {
        while let Some(pause) = next {
            maintenance.rest(pause).await;
            next = maintenance.reap();
        }
    }));
}

/// Starts the sweeping, which the state machine asked for.
pub(crate) fn sweep<P: Pooled>(shared: &Arc<Shared<P>>) {
    let sweeping = Sweeping { shared: Arc::clone(shared), may_resume: AtomicBool::new(true) };
    shared.runtime.spawn(Box::pin(async move {
        let mut next = sweeping.sweep(State::begin_sweeping);
        while let Some(rest) = next {
            // An executor without a timer panics when it is asked for one. It is not asked again.
            if contained(sweeping.rest(rest)).await.is_none() {
                return sweeping.may_resume.store(false, Ordering::Relaxed);
            }
            next = sweeping.sweep(State::sweep);
        }
    }));
}

/// The maintenance at work; dropped, another may be started.
struct Maintenance<P: Pooled>(Arc<Shared<P>>);

impl<P: Pooled> Maintenance<P> {
    /// Ends what is due, and says when to come again; `None` if the pool is closed.
    fn reap(&self) -> Option<Pause> {
        let shared = &self.0;
        let now = self.now();
        let mut from = 0;
        loop {
            let before = from;
            let effects = shared.with(|state| state.reap(now, &mut from));
            let is_done = effects.evicted.is_empty() && from == before;
            shared.carry_out(effects);
            if is_done {
                break;
            }
        }
        shared.with(|state| {
            let idle_timeout = state.settings().idle_timeout;
            let pause = Pause { until: state.reap_next(now), idle_timeout };
            (!state.is_closed()).then_some(pause)
        })
    }

    /// Sleeps through a pause, unless the pool is closed, something is due earlier, or the
    /// `idle_timeout` is changed.
    async fn rest(&self, Pause { until, idle_timeout }: Pause) {
        let shared = &self.0;
        let pause = Duration::from_millis(until - self.now().min(until));
        let mut sleep = shared.runtime.sleep(pause);
        let mut watch = Watch::new(Arc::clone(shared));
        poll_fn(move |cx| {
            if sleep.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            let is_over = |state: &PoolState<P>| {
                state.is_closed()
                    || state.settings().idle_timeout != idle_timeout
                    || state.expires_before(until)
            };
            watch.poll_until(is_over, cx)
        })
        .await;
    }

    fn now(&self) -> u64 {
        self.0.tick(self.0.runtime.now())
    }
}

impl<P: Pooled> Drop for Maintenance<P> {
    fn drop(&mut self) {
        self.0.with(State::end_maintenance);
    }
}

/// Nothing is due until a tick, as far as was known with this `idle_timeout`.
struct Pause {
    until: u64,
    idle_timeout: Option<Duration>,
}

/// How the state machine is asked to sweep.
type Sweep<P> = fn(&mut PoolState<P>, Instant) -> (PoolEffects<P>, Option<Rest>);

/// The sweeping at work; dropped, another may be started.
struct Sweeping<P: Pooled> {
    shared: Arc<Shared<P>>,
    may_resume: AtomicBool,
}

impl<P: Pooled> Sweeping<P> {
    /// Takes back what was not fetched, and says when to come again.
    fn sweep(&self, sweep: Sweep<P>) -> Option<Rest> {
        let now = self.shared.runtime.now();
        let (effects, rest) = self.shared.with(|state| sweep(state, now));
        self.shared.carry_out(effects);
        rest
    }

    async fn rest(&self, rest: Rest) {
        match rest {
            Rest::For(time) => self.shared.runtime.sleep(time).await,
            Rest::Until(deadline) => {
                let is_over = self.rest_until(deadline).await;
                // Somebody waits: a whole round later what is not fetched is his.
                let patience = self.shared.with(|state| state.settings().patience);
                if let Some(patience) = patience.filter(|_| !is_over) {
                    self.shared.runtime.sleep(patience).await;
                }
            }
        }
    }

    /// Sleeps until a deadline is over, or somebody waits for what was given; whether it is over.
    async fn rest_until(&self, deadline: Instant) -> bool {
        let shared = &self.shared;
        let pause = deadline.saturating_duration_since(shared.runtime.now());
        let mut sleep = shared.runtime.sleep(pause);
        poll_fn(move |cx| {
            if sleep.as_mut().poll(cx).is_ready() {
                return Poll::Ready(true);
            }
            let waker = cx.waker().clone();
            let (is_woken, unused) = shared.with(|state| state.rest_until_woken(waker));
            contain(|| drop(unused));
            if is_woken { Poll::Ready(false) } else { Poll::Pending }
        })
        .await
    }
}

impl<P: Pooled> Drop for Sweeping<P> {
    fn drop(&mut self) {
        let may_resume = self.may_resume.load(Ordering::Relaxed);
        let token = self.shared.with(|state| state.end_sweeping(may_resume));
        contain(|| drop(token));
    }
}
