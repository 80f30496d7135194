//! Ends idle resources whose time is over: a task that sleeps until something expires.
//!
//! It exists only where a limit needs it, from the first resource on, and ends with the pool. It
//! keeps the coarse clock by which the state machine knows what has expired (law S3), so that
//! neither a get nor a put reads a clock.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::pooled::Pooled;
use crate::shell::shared::{PoolState, Shared};
use crate::shell::sync::atomic::{AtomicBool, Ordering};
use crate::shell::watch::Watch;

/// Whether a task is at work. A runtime that shuts down takes the task along; the next create then
/// starts another.
#[derive(Debug, Default)]
pub(crate) struct Maintenance {
    is_at_work: AtomicBool,
}

/// Starts the maintenance task, if none is at work: an effect of each transition that makes
/// something expire.
pub(crate) fn maintain<P: Pooled>(shared: &Arc<Shared<P>>) {
    if !shared.maintenance.is_at_work.swap(true, Ordering::AcqRel) {
        let at_work = AtWork(Arc::clone(shared));
        shared.runtime.spawn(Box::pin(async move {
            while let Some(pause) = at_work.reap() {
                at_work.rest(pause).await;
            }
        }));
    }
}

/// A task at work; dropped, another may be started.
struct AtWork<P: Pooled>(Arc<Shared<P>>);

impl<P: Pooled> AtWork<P> {
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

/// Nothing is due until a tick, as far as was known with this `idle_timeout`.
struct Pause {
    until: u64,
    idle_timeout: Option<Duration>,
}

impl<P: Pooled> Drop for AtWork<P> {
    fn drop(&mut self) {
        self.0.maintenance.is_at_work.store(false, Ordering::Release);
    }
}
