//! The settings of a pool, checked before it exists.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use crate::check::{Health, RecyclePolicy};
use crate::error::{BuildError, FillError};
use crate::maintain::{Ages, ticks};
use crate::pool::Pool;
use crate::pooled::Pooled;
use crate::runtime::Runtime;
use crate::shared::{Shared, Timeouts};
use crate::state::{Backoff, Limits, Order, State};

/// The settings of a pool that is to be built.
///
/// | setting | default | |
/// |---|---|---|
/// | `max_size` | 4 | resources at most, as in eventlet |
/// | `min_size` | 0 | resources that are kept ready |
/// | `order` | [`Order::Fifo`] | which idle resource is lent next |
/// | `get_timeout` | 30 s | for a whole get |
/// | `create_timeout` | 10 s | for one create |
/// | `recycle_timeout` | 5 s | for one check |
/// | `recycle_policy` | [`RecyclePolicy::Always`] | when a returned resource is checked |
/// | `reset_timeout` | 5 s | for one reset on return |
/// | `close_timeout` | 5 s | for one close |
/// | `max_lifetime` | none | for a resource |
/// | `lifetime_jitter` | 0.025 | the part of it that is left to chance |
/// | `idle_timeout` | none | for a resource that nobody wants |
/// | `max_creating` | `max_size` | creates at the same time |
/// | `create_backoff` | 1 to 50 ms | pauses between creates while they fail |
/// | `max_waiting` | none | gets that wait for a resource to come back |
///
/// No value makes it panic. A duration of zero means "at once or not at all", `None` and
/// [`Duration::MAX`] "never".
pub struct Builder<P: Pooled, R> {
    config: P::Config,
    runtime: R,
    limits: Limits,
    order: Order,
    timeouts: Timeouts,
    max_lifetime: Option<Duration>,
    lifetime_jitter: f64,
    recycle_policy: RecyclePolicy,
    pooled: PhantomData<fn() -> P>,
}

impl<P: Pooled, R: Runtime> Builder<P, R> {
    /// Starts with the defaults, on a runtime of your own making. `Pool::builder` is shorter where
    /// the runtime has a default.
    pub fn new(config: P::Config, runtime: R) -> Self {
        Self {
            config,
            runtime,
            limits: Limits {
                max_size: 4,
                min_size: 0,
                max_creating: usize::MAX,
                max_waiting: usize::MAX,
                idle_timeout: u64::MAX,
                backoff: Backoff::default(),
                create_timeout: None,
            },
            order: Order::default(),
            timeouts: Timeouts {
                get: Some(Duration::from_secs(30)),
                create: Some(Duration::from_secs(10)),
                recycle: Some(Duration::from_secs(5)),
                reset: Some(Duration::from_secs(5)),
                close: Some(Duration::from_secs(5)),
            },
            max_lifetime: None,
            lifetime_jitter: 0.025,
            recycle_policy: RecyclePolicy::default(),
            pooled: PhantomData,
        }
    }

    /// How many resources may exist, those being created and closed included. 0 lends nothing
    /// until the pool is resized.
    #[must_use]
    pub fn max_size(mut self, max_size: usize) -> Self {
        self.limits.max_size = max_size;
        self
    }

    /// How many resources exist even if nobody asks for them. They are created by
    /// [`build_filled`](Self::build_filled), by [`Pool::fill`], or in the background from the
    /// first get on that finds nothing idle; and again in the background when one ends. A create
    /// that fails there is tried again when the next get finds nothing idle or the next one ends.
    #[must_use]
    pub fn min_size(mut self, min_size: usize) -> Self {
        self.limits.min_size = min_size;
        self
    }

    /// Which idle resource is lent next.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// How long [`Pool::get`] may take, waiting, creating and checking together.
    #[must_use]
    pub fn get_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.get = timeout.into();
        self
    }

    /// How long one create may take, whether or not its caller is still there. When it is over,
    /// the create is dropped and its place is free.
    #[must_use]
    pub fn create_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.create = timeout.into();
        self
    }

    /// How long one check may take before the resource counts as unfit.
    #[must_use]
    pub fn recycle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.recycle = timeout.into();
        self
    }

    /// When a returned resource is checked before it is lent again.
    #[must_use]
    pub fn recycle_policy(mut self, policy: RecyclePolicy) -> Self {
        self.recycle_policy = policy;
        self
    }

    /// How long one reset of a returned resource may take before it is closed instead.
    #[must_use]
    pub fn reset_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.reset = timeout.into();
        self
    }

    /// How long one close of a resource may take before it is dropped instead.
    #[must_use]
    pub fn close_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.close = timeout.into();
        self
    }

    /// How long a resource may live: an idle one is ended when it is over, one in use when it is
    /// returned. Kept to the millisecond, by a task that sleeps until then.
    #[must_use]
    pub fn max_lifetime(mut self, lifetime: impl Into<Option<Duration>>) -> Self {
        self.max_lifetime = lifetime.into();
        self
    }

    /// The part of each lifetime that is left to chance, from 0 to 1, so that resources which were
    /// made together do not end together. Anything else counts as the nearer of the two.
    #[must_use]
    pub fn lifetime_jitter(mut self, part: f64) -> Self {
        self.lifetime_jitter = part;
        self
    }

    /// How long a resource may be idle before it is ended, as long as `min_size` are left. It may
    /// take an eighth longer: nobody reads a clock when a resource is returned.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.limits.idle_timeout = timeout.into().map_or(u64::MAX, ticks);
        self
    }

    /// How many creates may be under way at the same time.
    #[must_use]
    pub fn max_creating(mut self, max_creating: usize) -> Self {
        self.limits.max_creating = max_creating;
        self
    }

    /// How long to pause between creates while they fail; `None` is not at all.
    #[must_use]
    pub fn create_backoff(mut self, backoff: impl Into<Option<Backoff>>) -> Self {
        let none = Backoff::new(Duration::ZERO, Duration::ZERO);
        self.limits.backoff = backoff.into().unwrap_or(none);
        self
    }

    /// How many gets may wait for a resource to come back; one more is told
    /// [`GetError::Overloaded`](crate::GetError::Overloaded) at once. Gets for which a create is
    /// on its way are not counted, so that with 0 a get is served, or creates, or is refused.
    #[must_use]
    pub fn max_waiting(mut self, max_waiting: impl Into<Option<usize>>) -> Self {
        self.limits.max_waiting = max_waiting.into().unwrap_or(usize::MAX);
        self
    }

    /// Builds the pool. It is empty and starts no work: the first get creates.
    ///
    /// # Errors
    ///
    /// Settings that contradict each other.
    pub fn build(self) -> Result<Pool<P, R>, BuildError> {
        let Self { config, runtime, mut limits, order, timeouts, .. } = self;
        let Limits { max_size, min_size, max_creating, .. } = limits;
        if min_size > max_size {
            return Err(BuildError::MinAboveMax { min_size, max_size });
        }
        if max_creating == 0 {
            return Err(BuildError::NoCreates);
        }
        limits.create_timeout = timeouts.create;
        let has_idle_timeout = limits.idle_timeout != u64::MAX;
        let (lifetime, jitter) = (self.max_lifetime, self.lifetime_jitter);
        let ages = Ages::new(runtime.now(), lifetime, jitter, has_idle_timeout);
        let health = Health::new(self.recycle_policy);
        let state = State::new(limits, order);
        Ok(Pool::sharing(Shared::new(state, config, Box::new(runtime), timeouts, ages, health)))
    }

    /// Builds the pool and creates its `min_size` resources, at the same time.
    ///
    /// # Errors
    ///
    /// Settings that contradict each other, or the first create that fails. The pool and what was
    /// created are then gone.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it leaves nothing behind.
    pub async fn build_filled(self) -> Result<Pool<P, R>, FillError<P::Error>> {
        let pool = self.build().map_err(FillError::Build)?;
        pool.fill().await.map_err(FillError::Get)?;
        Ok(pool)
    }
}

impl<P: Pooled, R> fmt::Debug for Builder<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("limits", &self.limits)
            .field("order", &self.order)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}
