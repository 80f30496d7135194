//! The settings of a pool, checked before it exists.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{BuildError, FillError};
use crate::observer::Observer;
use crate::pool::Pool;
use crate::pooled::{Constructor, FromFn, Pooled};
use crate::runtime::Runtime;
use crate::settings::{Backoff, Order, RecyclePolicy, Settings};
use crate::shell::holders::Holders;
use crate::shell::shared::Shared;
use crate::state::State;

/// The settings of a pool that is to be built.
///
/// | setting | default | |
/// |---|---|---|
/// | `max_size` | 4 | resources at most, as in eventlet |
/// | `min_size` | 0 | resources that are kept, idle or in use |
/// | `min_idle` | 0 | idle resources that are kept ready |
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
/// | `max_creating` | none | creates at the same time; never more than `max_size` |
/// | `create_backoff` | 1 to 50 ms | pauses between creates while they fail |
/// | `max_waiting` | none | gets that wait for a resource to come back |
/// | `patience` | 10 ms | for what a get was given and does not fetch while others wait |
/// | `discard_on_panic` | yes | whether a resource ends whose holder panics |
/// | `name` | none | for errors and `Debug` |
/// | `observer` | none | who is told what happens |
/// | `track_holders` | no | whether `Pool::holders` lists who holds what |
///
/// All but the last three and `order` can be changed at run time, by [`Pool::reconfigure`].
///
/// No value makes it panic. A duration of zero means "at once or not at all", `None` and
/// [`Duration::MAX`] "never".
pub struct Builder<P: Pooled, R> {
    config: P::Config,
    runtime: R,
    settings: Settings,
    order: Order,
    name: Option<Arc<str>>,
    observer: Option<Box<dyn Observer>>,
    track_holders: bool,
}

impl<P: Pooled, R: Runtime + Default> Pool<P, R> {
    /// Starts building a pool. `config` is what [`Pooled::create`] is given.
    pub fn builder(config: P::Config) -> Builder<P, R> {
        Builder::new(config, R::default())
    }
}

impl<T: Send + 'static, E: Send + Sync + 'static, R: Runtime + Default> Pool<FromFn<T, E>, R> {
    /// Starts building a pool of what a closure makes.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[derive(Default)] struct Executor;
    /// # impl pool_core::Runtime for Executor {
    /// #     fn now(&self) -> std::time::Instant { std::time::Instant::now() }
    /// #     fn sleep(&self, _: std::time::Duration) -> pool_core::Sleep { Box::pin(std::future::pending()) }
    /// #     fn spawn(&self, _: pool_core::Task) {}
    /// # }
    /// # type Pool<P> = pool_core::Pool<P, Executor>;
    /// # pollster::block_on(async {
    /// use std::convert::Infallible;
    /// use pool_core::FromFn;
    ///
    /// struct Buffers {
    ///     pool: Pool<FromFn<Vec<u8>, Infallible>>,
    /// }
    ///
    /// let pool = Pool::from_fn(|| async { Ok(Vec::with_capacity(4096)) }).max_size(8).build()?;
    /// let buffers = Buffers { pool };
    /// let mut buffer = buffers.pool.get().await?;
    /// buffer.push(1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn from_fn<F, Fut>(create: F) -> Builder<FromFn<T, E>, R>
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        Builder::new(Constructor::new(create), R::default())
    }
}

impl<P: Pooled, R: Runtime> Builder<P, R> {
    /// Starts with the defaults, on a runtime of your own making. `Pool::builder` is shorter where
    /// the runtime has a default.
    pub fn new(config: P::Config, runtime: R) -> Self {
        Self {
            config,
            runtime,
            settings: Settings::default(),
            order: Order::default(),
            name: None,
            observer: None,
            track_holders: false,
        }
    }

    /// How many resources may exist, those being created and closed included. 0 lends nothing
    /// until the pool is resized.
    #[must_use]
    pub fn max_size(mut self, max_size: usize) -> Self {
        self.settings.max_size = max_size;
        self
    }

    /// How many resources exist even if nobody asks for them. They are created by
    /// [`build_filled`](Self::build_filled), by [`Pool::fill`], or in the background from the
    /// first get on that finds nothing idle; and again in the background when one ends. A create
    /// that fails there is tried again, after the pauses of `create_backoff`.
    #[must_use]
    pub fn min_size(mut self, min_size: usize) -> Self {
        self.settings.min_size = min_size;
        self
    }

    /// How many resources are kept idle for whoever comes next, as far as `max_size` allows. When a
    /// get leaves fewer, others are created in the background, and `idle_timeout` spares them.
    #[must_use]
    pub fn min_idle(mut self, min_idle: usize) -> Self {
        self.settings.min_idle = min_idle;
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
        self.settings.get_timeout = timeout.into();
        self
    }

    /// How long one create may take, whether or not its caller is still there. When it is over,
    /// the create is dropped and its place is free.
    #[must_use]
    pub fn create_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.create_timeout = timeout.into();
        self
    }

    /// How long one check may take before the resource counts as unfit.
    #[must_use]
    pub fn recycle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.recycle_timeout = timeout.into();
        self
    }

    /// When a returned resource is checked before it is lent again.
    #[must_use]
    pub fn recycle_policy(mut self, policy: RecyclePolicy) -> Self {
        self.settings.recycle_policy = policy;
        self
    }

    /// How long one reset of a returned resource may take before it is closed instead.
    #[must_use]
    pub fn reset_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.reset_timeout = timeout.into();
        self
    }

    /// How long one close of a resource may take before it is dropped instead.
    #[must_use]
    pub fn close_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.close_timeout = timeout.into();
        self
    }

    /// How long a resource may live: an idle one is ended when it is over, one in use when it is
    /// returned. Kept to the millisecond, by a task that sleeps until then.
    #[must_use]
    pub fn max_lifetime(mut self, lifetime: impl Into<Option<Duration>>) -> Self {
        self.settings.max_lifetime = lifetime.into();
        self
    }

    /// The part of each lifetime that is left to chance, from 0 to 1, so that resources which were
    /// made together do not end together. Anything else counts as the nearer of the two.
    #[must_use]
    pub fn lifetime_jitter(mut self, part: f64) -> Self {
        self.settings.lifetime_jitter = part;
        self
    }

    /// How long a resource may be idle before it is ended, as long as `min_size` are left, and
    /// `min_idle` of them idle. It may take an eighth longer: nobody reads a clock when a resource
    /// is returned.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.idle_timeout = timeout.into();
        self
    }

    /// How many creates may be under way at the same time.
    #[must_use]
    pub fn max_creating(mut self, max_creating: usize) -> Self {
        self.settings.max_creating = max_creating;
        self
    }

    /// How long to pause between creates while they fail; `None` is not at all.
    #[must_use]
    pub fn create_backoff(mut self, backoff: impl Into<Option<Backoff>>) -> Self {
        self.settings.create_backoff = backoff.into();
        self
    }

    /// How many gets may wait for a resource to come back; one more is told
    /// [`GetError::Overloaded`](crate::GetError::Overloaded) at once. Gets for which a create is
    /// on its way are not counted, so that with 0 a get is served, or creates, or is refused.
    #[must_use]
    pub fn max_waiting(mut self, max_waiting: impl Into<Option<usize>>) -> Self {
        self.settings.max_waiting = max_waiting.into();
        self
    }

    /// How long a get may leave what it was given unfetched while others wait: then it goes to the
    /// next, and the get is first in the queue again when it looks. `None` is for ever.
    ///
    /// A get fetches when it is polled. One that was put aside, such as an arm of a `select!` that is
    /// kept while another arm awaits, is not; see the guide's page on futures that are not polled.
    /// Looked at in rounds, so that it may take twice as long.
    #[must_use]
    pub fn patience(mut self, patience: impl Into<Option<Duration>>) -> Self {
        self.settings.patience = patience.into();
        self
    }

    /// Whether a resource ends whose item is dropped while its thread panics, as nobody knows in
    /// which state the panic left it. Without, it is returned as any other is.
    #[must_use]
    pub fn discard_on_panic(mut self, discard: bool) -> Self {
        self.settings.discard_on_panic = discard;
        self
    }

    /// What the pool is called in time-outs, in `Debug` and by [`Pool::name`].
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Who is told what happens in the pool; it replaces the one before.
    ///
    /// Has the pool read the clock when an item is lent, and when it is returned. A closure has to name
    /// its argument's type, `|event: &Event|`; without it, the compiler takes it for one lifetime alone.
    ///
    /// # Examples
    ///
    /// ```
    /// # use pool_core::{Builder, Event, Pooled, Runtime};
    /// # fn settings<P: Pooled, R: Runtime>(builder: Builder<P, R>) -> Builder<P, R> {
    /// builder.observer(|event: &Event| match event {
    ///     Event::Discard { reason } => eprintln!("a connection ends: {reason:?}"),
    ///     _ => {}
    /// })
    /// # }
    /// ```
    #[must_use]
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Whether [`Pool::holders`] lists who holds an item, since when: to find leaks.
    ///
    /// Has the pool read the clock when an item is lent, and take another lock then and when it is
    /// returned.
    #[must_use]
    pub fn track_holders(mut self, track: bool) -> Self {
        self.track_holders = track;
        self
    }

    /// Builds the pool. It is empty and starts no work: the first get creates.
    ///
    /// # Errors
    ///
    /// Settings that contradict each other.
    pub fn build(self) -> Result<Pool<P, R>, BuildError> {
        let Self { config, runtime, settings, order, name, observer, track_holders } = self;
        let settings = settings.checked(&Settings::default())?;
        let state = State::new(settings, order);
        let holders = track_holders.then(Holders::default);
        let runtime = Box::new(runtime);
        Ok(Pool::sharing(Shared::new(state, config, runtime, name, observer, holders)))
    }

    /// Builds the pool and creates its `min_size` and `min_idle` resources, at the same time.
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
            .field("name", &self.name)
            .field("settings", &self.settings)
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}
