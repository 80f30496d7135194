//! What a case works on: an executor with a backend to pool on it, and the times that cases use.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backend::Backend;
use super::probe::Probe;
use super::tasks::{Joined, spawn};
use crate::pool::Pool;
use crate::pool::builder::Builder;
use crate::pooled::Pooled;
use crate::runtime::Runtime;

/// A time that is soon over, in milliseconds a coarse timer has, too.
pub(crate) const SOON: Duration = Duration::from_millis(30);

/// What a machine under load may add to a time. A wake-up that was lost takes longer.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// A time that is over in no case.
pub(crate) const NEVER: Duration = Duration::from_secs(3600);

/// A runtime with something to pool on it.
pub(crate) struct World<R> {
    pub(crate) runtime: Arc<R>,
    pub(crate) backend: Backend,
}

impl<R: Runtime> World<R> {
    pub(crate) fn new(runtime: Arc<R>) -> Self {
        let backend = Backend::new(Arc::clone(&runtime));
        Self { runtime, backend }
    }

    /// A pool of so many, without any timeout: on a paused clock it would be over as soon as
    /// nothing else is to be done, such as while a case waits for a thread.
    pub(crate) fn builder<P: Pooled<Config = Backend>>(
        &self,
        max_size: usize,
    ) -> Builder<P, Arc<R>> {
        Builder::new(self.backend.clone(), Arc::clone(&self.runtime))
            .max_size(max_size)
            .get_timeout(None)
            .create_timeout(None)
            .recycle_timeout(None)
            .reset_timeout(None)
            .close_timeout(None)
    }

    pub(crate) fn pool(&self, max_size: usize) -> Pool<Probe, Arc<R>> {
        self.builder(max_size).build().expect("settings agree")
    }

    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Joined<T> {
        spawn(&*self.runtime, task)
    }

    /// Waits until something is so.
    pub(crate) async fn until(&self, is_so: impl Fn() -> bool) {
        while !is_so() {
            self.runtime.sleep(Duration::from_millis(1)).await;
        }
    }

    /// Checks that so much time has passed, and hardly more.
    pub(crate) fn assert_took(&self, begun: Instant, time: Duration) {
        assert_took(self.runtime.now(), begun, time);
    }
}

pub(crate) fn assert_took(now: Instant, begun: Instant, time: Duration) {
    let took = now.saturating_duration_since(begun);
    // The clock and the timer may be two, one of them coarse.
    let least = time.saturating_sub(Duration::from_millis(2));
    assert!((least..time + GRACE).contains(&took), "it took {took:?}, not {time:?}");
}
