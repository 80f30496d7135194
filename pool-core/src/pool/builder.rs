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
/// No value makes it panic: [`build`](Self::build) refuses those that contradict each other. A duration of
/// zero means "at once or not at all", `None` and [`Duration::MAX`] mean "never".
///
/// | setting | unit | default | |
/// |---|---|---|---|
/// | [`max_size`](Self::max_size) | resources | 4 | that may exist |
/// | [`min_size`](Self::min_size) | resources | 0 | kept, idle or in use |
/// | [`min_idle`](Self::min_idle) | resources | 0 | kept idle, ready to be lent |
/// | [`order`](Self::order) | | [`Order::Fifo`] | which idle resource is lent (checked out) next |
/// | [`get_timeout`](Self::get_timeout) | `Duration` | 30 s | for a whole get |
/// | [`create_timeout`](Self::create_timeout) | `Duration` | 10 s | for one create |
/// | [`recycle_timeout`](Self::recycle_timeout) | `Duration` | 5 s | for one health check |
/// | [`recycle_policy`](Self::recycle_policy) | | [`RecyclePolicy::Always`] | when a returned resource gets a health check |
/// | [`reset_timeout`](Self::reset_timeout) | `Duration` | 5 s | for one reset on return |
/// | [`close_timeout`](Self::close_timeout) | `Duration` | 5 s | for one close |
/// | [`max_lifetime`](Self::max_lifetime) | `Duration` | never | after which a resource is evicted |
/// | [`lifetime_jitter`](Self::lifetime_jitter) | 0 to 1 | 0.025 | the part of a lifetime that is left to chance |
/// | [`idle_timeout`](Self::idle_timeout) | `Duration` | never | after which an idle resource is evicted |
/// | [`max_creating`](Self::max_creating) | creates | no limit but `max_size` | in flight at the same time |
/// | [`create_backoff`](Self::create_backoff) | `Duration` | 1 to 50 ms | pauses between creates during an outage |
/// | [`max_waiting`](Self::max_waiting) | gets | no limit | that wait for a return (bounded queue) |
/// | [`patience`](Self::patience) | `Duration` | 10 ms | for what a get was given and does not fetch while others wait |
/// | [`discard_on_panic`](Self::discard_on_panic) | yes or no | yes | whether a resource is discarded when its holder panics |
/// | [`name`](Self::name) | text | none | for errors and `Debug` |
/// | [`observer`](Self::observer) | | none | is notified of what happens: metrics, logs, traces |
/// | [`track_holders`](Self::track_holders) | yes or no | no | whether [`Pool::holders`] lists who holds what (leak detection) |
///
/// All settings but `order`, `name`, `observer` and `track_holders` can be changed while the pool is in
/// use, by [`Pool::reconfigure`].
pub struct Builder<P: Pooled, R> {
    config: P::Config,
    runtime: R,
    settings: Settings,
    order: Order,
    name: Option<Arc<str>>,
    observer: Option<Box<dyn Observer>>,
    track_holders: bool,
}

/// # Building
///
/// The settings are those of [`Builder`].
impl<P: Pooled, R: Runtime + Default> Pool<P, R> {
    /// Starts building a pool. [`Pooled::create`] is given `config`.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::<Connection>::builder("postgres://app@db")
    ///     .max_size(16)
    ///     .get_timeout(Duration::from_secs(3))
    ///     .max_lifetime(Duration::from_secs(30 * 60))
    ///     .build()?;
    /// assert_eq!(pool.get().await?.url, "postgres://app@db");
    /// # Ok(()) });
    /// ```
    pub fn builder(config: P::Config) -> Builder<P, R> {
        Builder::new(config, R::default())
    }
}

impl<T: Send + 'static, E: Send + Sync + 'static, R: Runtime + Default> Pool<FromFn<T, E>, R> {
    /// Starts building a pool of what a closure creates.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// struct Buffers {
    ///     pool: Pool<FromFn<Vec<u8>, io::Error>>,
    /// }
    ///
    /// let pool = Pool::from_fn(|| async { Ok(Vec::with_capacity(4096)) }).max_size(8).build()?;
    /// let buffers = Buffers { pool };
    /// let mut buffer = buffers.pool.get().await?;
    /// buffer.push(1);
    /// # Ok(()) });
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
    /// Starts with the defaults, on a runtime of your own.
    ///
    /// [`Pool::builder`] is shorter where the runtime has a default.
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

    /// How many resources may exist, those being created and closed included.
    ///
    /// The pool never creates more, and can't lend (check out) more at the same time. 0 lends nothing
    /// until the pool is [resized](Pool::resize).
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).max_size(1).build()?;
    /// let connection = pool.get().await?;
    /// assert_eq!(pool.free(), 0); // the next get waits until it is returned
    /// drop(connection);
    /// assert_eq!(pool.free(), 1);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn max_size(mut self, max_size: usize) -> Self {
        self.settings.max_size = max_size;
        self
    }

    /// How many resources are kept, idle or in use, even if nobody asks for them.
    ///
    /// They are created by [`build_filled`](Self::build_filled), by [`Pool::fill`], or in the background
    /// from the first get on that finds nothing idle; and again in the background when one is gone. If
    /// such a create fails, it is tried again after the pauses of
    /// [`create_backoff`](Self::create_backoff).
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).min_size(2).max_size(8).build_filled().await?;
    /// assert_eq!(pool.status().idle, 2);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn min_size(mut self, min_size: usize) -> Self {
        self.settings.min_size = min_size;
        self
    }

    /// How many resources are kept idle for the next gets, as far as `max_size` allows.
    ///
    /// When a get leaves fewer, others are created in the background, so that a spike of gets finds
    /// some ready. `idle_timeout` spares them.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).min_idle(2).max_size(8).build_filled().await?;
    /// assert_eq!(pool.status().idle, 2);
    /// let used = pool.get().await?; // another is created in the background
    /// # while pool.status().idle < 2 { thread::yield_now() }
    /// # drop(used);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn min_idle(mut self, min_idle: usize) -> Self {
        self.settings.min_idle = min_idle;
        self
    }

    /// Which idle resource is lent next. Waiters are served first in, first out by either.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).order(Order::Lifo).build()?;
    /// pool.insert(b"first".to_vec())?;
    /// pool.insert(b"last".to_vec())?;
    /// assert_eq!(**pool.get().await?, *b"last");
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// How long [`Pool::get`] may take: waiting, creating and health check together.
    ///
    /// Then the get fails with [`GetError::TimedOut`](crate::GetError::TimedOut), which says what it was
    /// waiting for, and how the pool stood. [`Pool::get_timeout`] is for a single get.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool =
    ///     Pool::from_fn(connect).max_size(1).get_timeout(Duration::from_millis(5)).build()?;
    /// let held = pool.get().await?;
    /// let error = pool.get().await.expect_err("nothing was returned in time");
    /// assert!(error.is_timeout());
    /// # let GetError::TimedOut(timed_out) = error else { panic!("{error}") };
    /// # assert!(timed_out.waited < Duration::from_secs(5));
    /// # drop(held);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn get_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.get_timeout = timeout.into();
        self
    }

    /// How long one create may take, whatever becomes of the get that began it.
    ///
    /// Then the create is cancelled, and its slot is free. So a backend that never answers takes no
    /// capacity away.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(|| pending::<io::Result<Vec<u8>>>()) // never answers
    ///     .create_timeout(Duration::from_millis(5))
    ///     .build()?;
    /// let error = pool.get().await.expect_err("no connection");
    /// println!("{error}"); // timed out after 5.0ms creating a resource (pool size 1 of 4: ..)
    /// # let GetError::TimedOut(timed_out) = error else { panic!("{error}") };
    /// # assert_eq!(timed_out.phase, Phase::Create);
    /// # assert!(timed_out.waited < Duration::from_secs(5));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn create_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.create_timeout = timeout.into();
        self
    }

    /// How long one health check ([`Pooled::recycle`]) may take. Then the resource counts as unfit.
    #[must_use]
    pub fn recycle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.recycle_timeout = timeout.into();
        self
    }

    /// When a returned resource gets a health check before it is lent again.
    ///
    /// It costs a round trip where the check asks the server. [`RecyclePolicy::IfIdleFor`] leaves it out
    /// for resources that were in use a moment ago.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect)
    ///     .recycle_policy(RecyclePolicy::IfIdleFor(Duration::from_millis(500)))
    ///     .build()?;
    /// # assert!(matches!(pool.settings().recycle_policy, RecyclePolicy::IfIdleFor(_)));
    /// # Ok(()) });
    /// ```
    #[doc(alias("test_on_borrow", "test_on_check_out", "test_before_acquire"))]
    #[must_use]
    pub fn recycle_policy(mut self, policy: RecyclePolicy) -> Self {
        self.settings.recycle_policy = policy;
        self
    }

    /// How long one [reset](Pooled::reset) of a returned resource may take. Then it is closed instead.
    #[must_use]
    pub fn reset_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.reset_timeout = timeout.into();
        self
    }

    /// How long one [close](Pooled::close) of a resource may take. Then it is dropped.
    #[must_use]
    pub fn close_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.close_timeout = timeout.into();
        self
    }

    /// How long a resource may live. Then it is evicted.
    ///
    /// An idle one is evicted at once, to the millisecond, as a task of the pool sleeps until then; one in
    /// use when it is returned. Each lives for a little less, by
    /// [`lifetime_jitter`](Self::lifetime_jitter).
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect)
    ///     .max_lifetime(Duration::from_secs(30 * 60)) // less than the server's own limit
    ///     .build()?;
    /// # assert_eq!(pool.settings().max_lifetime, Some(Duration::from_secs(30 * 60)));
    /// # Ok(()) });
    /// ```
    #[doc(alias("max_age"))]
    #[must_use]
    pub fn max_lifetime(mut self, lifetime: impl Into<Option<Duration>>) -> Self {
        self.settings.max_lifetime = lifetime.into();
        self
    }

    /// The part of each lifetime that is left to chance, from 0 to 1.
    ///
    /// So resources that were created together are not evicted together. Anything else counts as the
    /// nearer of the two.
    #[must_use]
    pub fn lifetime_jitter(mut self, part: f64) -> Self {
        self.settings.lifetime_jitter = part;
        self
    }

    /// How long a resource may be idle. Then it is evicted, unless `min_size` or `min_idle` keeps it.
    ///
    /// It may take an eighth longer, as no clock is read when a resource is returned.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect)
    ///     .min_size(2) // these are kept
    ///     .max_size(16)
    ///     .idle_timeout(Duration::from_secs(60)) // a minute after a spike, the others are gone
    ///     .build()?;
    /// # assert_eq!(pool.settings().idle_timeout, Some(Duration::from_secs(60)));
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.idle_timeout = timeout.into();
        self
    }

    /// How many creates may be in flight at the same time; never more than `max_size`.
    #[must_use]
    pub fn max_creating(mut self, max_creating: usize) -> Self {
        self.settings.max_creating = max_creating;
        self
    }

    /// How long to pause between creates during an outage, while they fail; `None` is not at all.
    #[must_use]
    pub fn create_backoff(mut self, backoff: impl Into<Option<Backoff>>) -> Self {
        self.settings.create_backoff = backoff.into();
        self
    }

    /// How many gets may wait for a resource to be returned: the bound of the queue, to shed load.
    ///
    /// One more fails at once, with [`GetError::Overloaded`](crate::GetError::Overloaded). A get for
    /// which a create or a health check is in flight does not count. So with 0 a get is served, or creates,
    /// or fails.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).max_size(1).max_waiting(0).build()?;
    /// let held = pool.get().await?;
    /// assert!(matches!(pool.get().await, Err(GetError::Overloaded)));
    /// # drop(held);
    /// # Ok(()) });
    /// ```
    #[doc(alias("bounded queue", "load shedding", "backpressure"))]
    #[must_use]
    pub fn max_waiting(mut self, max_waiting: impl Into<Option<usize>>) -> Self {
        self.settings.max_waiting = max_waiting.into();
        self
    }

    /// How long a get may leave what it was given unfetched while others wait for it.
    ///
    /// Then it goes to the next waiter, and the get is first in the queue again when it is polled. A get
    /// fetches when it is polled: one that its task keeps and does not poll, such as an arm of a `select!`
    /// while another arm awaits, does not. Looked at in rounds, so that it may take twice as long. With
    /// `None`, only the get's own timeout ends its claim.
    ///
    /// Far more than a busy executor needs to poll what it has woken, and far less than anybody wants to
    /// wait: few programs need another value.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool =
    ///     Pool::from_fn(connect).max_size(1).patience(Duration::from_millis(2)).build()?;
    /// let held = pool.get().await?;
    /// let mut kept = Box::pin(pool.get());
    /// # let waker = std::task::Waker::noop();
    /// # let mut cx = std::task::Context::from_waker(waker);
    /// assert!(kept.as_mut().poll(&mut cx).is_pending()); // first in the queue, and never polled again
    /// drop(held);
    /// let second = pool.get().await?; // served all the same, 4 ms later at most
    /// # assert_eq!((second.len(), pool.settings().patience), (0, Some(Duration::from_millis(2))));
    /// # drop(kept);
    /// # Ok(()) });
    /// ```
    #[doc(alias("futurelock", "select"))]
    #[must_use]
    pub fn patience(mut self, patience: impl Into<Option<Duration>>) -> Self {
        self.settings.patience = patience.into();
        self
    }

    /// Whether a resource is discarded if its item is dropped while the thread panics.
    ///
    /// Nobody knows in which state the panic left it. If not, it is returned as any other is.
    #[must_use]
    pub fn discard_on_panic(mut self, discard: bool) -> Self {
        self.settings.discard_on_panic = discard;
        self
    }

    /// What the pool is called in timeout errors, in `Debug` and by [`Pool::name`].
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).name("orders").max_size(1).build()?;
    /// let held = pool.get().await?;
    /// let error = pool.get_timeout(Duration::ZERO).await.expect_err("it is held");
    /// assert!(error.to_string().contains("(pool orders, size 1 of 1: 0 idle, 1 in use,"));
    /// # drop(held);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The [`Observer`] that is notified of what happens in the pool; replaces the one before.
    ///
    /// Has the pool read the clock when an item is lent, and when it is returned. A closure has to name
    /// its argument's type, `|event: &Event|`; without it, the compiler takes it for one lifetime alone.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect)
    ///     .observer(|event: &Event| match event {
    ///         Event::Discard { reason } => eprintln!("a connection is gone: {reason:?}"),
    ///         _ => {}
    ///     })
    ///     .build()?;
    /// # drop(pool.get().await?);
    /// # Ok(()) });
    /// ```
    #[must_use]
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Whether [`Pool::holders`] lists who holds an item, and since when: leak detection.
    ///
    /// Has the pool read the clock when an item is lent, and take another lock then and when it is
    /// returned.
    #[doc(alias("leak detection"))]
    #[must_use]
    pub fn track_holders(mut self, track: bool) -> Self {
        self.track_holders = track;
        self
    }

    /// Builds the pool. It is empty and starts no work: the first get creates.
    ///
    /// # Errors
    ///
    /// [`BuildError`]: settings contradict each other.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).max_size(8).build()?;
    /// assert_eq!(pool.status().size, 0);
    /// let refused = Pool::from_fn(connect).min_size(9).max_size(8).build();
    /// assert!(matches!(refused, Err(BuildError::MinAboveMax { .. })));
    /// # Ok(()) });
    /// ```
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
    /// [`FillError`]: settings contradict each other, or the first create that failed. The pool and
    /// what was created are then gone.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time; nothing is left behind.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).min_size(2).build_filled().await?; // or why it failed
    /// assert!(pool.try_get().is_ok());
    /// # Ok(()) });
    /// ```
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
