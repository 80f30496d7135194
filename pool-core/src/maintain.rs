//! Ends idle resources whose time is over: a task that sleeps until something expires.
//!
//! It exists only where a limit needs it, from the first resource on, and ends with the pool. It
//! keeps the coarse clock by which the state machine knows what has expired (law S3), so that
//! neither a get nor a put reads a clock.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::pooled::Pooled;
use crate::shared::{Shared, chance};
use crate::watch::Watch;

/// The limits of a resource's age.
#[derive(Debug)]
pub(crate) struct Ages {
    /// When the pool was built: ticks are milliseconds since.
    began: Instant,
    max_lifetime: Option<Duration>,
    /// The part of a lifetime that is left to chance, from 0 to 1.
    jitter: f64,
    has_idle_timeout: bool,
    /// Whether a task is at work. A runtime that shuts down takes it along; the next create then
    /// starts another.
    is_maintained: AtomicBool,
}

impl Ages {
    pub(crate) fn new(
        began: Instant,
        max_lifetime: Option<Duration>,
        jitter: f64,
        has_idle_timeout: bool,
    ) -> Self {
        let jitter = if jitter.is_nan() { 0.0 } else { jitter.clamp(0.0, 1.0) };
        let is_maintained = AtomicBool::new(false);
        Self { began, max_lifetime, jitter, has_idle_timeout, is_maintained }
    }

    /// When a resource that was created `now` expires; its lifetime is shortened by chance, once
    /// (law F4), so that those made together do not end together.
    pub(crate) fn expiry(&self, now: Instant) -> u64 {
        let Some(lifetime) = self.max_lifetime else { return u64::MAX };
        let spared = 1.0 - self.jitter * chance();
        #[expect(clippy::cast_precision_loss, reason = "a part of a lifetime is no exact thing")]
        let lifetime = ticks(lifetime) as f64 * spared;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it saturates, and is not negative"
        )]
        let lifetime = lifetime.ceil() as u64;
        // At least a tick, so that what was created is lent once.
        self.tick(now).saturating_add(lifetime.max(1))
    }

    fn tick(&self, now: Instant) -> u64 {
        ticks(now.saturating_duration_since(self.began))
    }

    fn are_limited(&self) -> bool {
        self.has_idle_timeout || self.max_lifetime.is_some()
    }
}

/// A duration in ticks, for ever if it is longer than they count.
pub(crate) fn ticks(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Sees to it that a task is at work, if any limit needs one. Called when a resource was made.
pub(crate) fn maintain<P: Pooled>(shared: &Arc<Shared<P>>) {
    if shared.ages.are_limited() && !shared.ages.is_maintained.swap(true, Ordering::AcqRel) {
        let at_work = AtWork(Arc::clone(shared));
        shared.runtime.spawn(Box::pin(async move {
            while let Some(next) = at_work.reap() {
                at_work.rest(next).await;
            }
        }));
    }
}

/// A task at work; dropped, another may be started.
struct AtWork<P: Pooled>(Arc<Shared<P>>);

impl<P: Pooled> AtWork<P> {
    /// Ends what is due, and gives the tick at which something may be due next; `None` if the pool
    /// is closed.
    fn reap(&self) -> Option<u64> {
        let shared = &self.0;
        let now = self.now();
        let mut from = 0;
        loop {
            let before = from;
            let effects = shared.with(|state| state.reap(now, &mut from));
            let is_done = effects.surplus.is_empty() && from == before;
            shared.carry_out(effects);
            if is_done {
                break;
            }
        }
        let (next, is_closed) = shared.with(|state| (state.reap_next(now), state.is_closed()));
        (!is_closed).then_some(next)
    }

    /// Sleeps until a tick comes, or until the pool is closed or something is due earlier.
    async fn rest(&self, until: u64) {
        let shared = &self.0;
        let pause = Duration::from_millis(until - self.now().min(until));
        let mut sleep = shared.runtime.sleep(pause);
        let mut watch = Watch::new(Arc::clone(shared));
        poll_fn(move |cx| {
            if sleep.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            watch.poll_until(|state| state.is_closed() || state.expires_before(until), cx)
        })
        .await;
    }

    fn now(&self) -> u64 {
        self.0.ages.tick(self.0.runtime.now())
    }
}

impl<P: Pooled> Drop for AtWork<P> {
    fn drop(&mut self) {
        self.0.ages.is_maintained.store(false, Ordering::Release);
    }
}
