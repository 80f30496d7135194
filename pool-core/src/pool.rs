//! The handle: everything a user can ask of a pool.

pub(crate) mod builder;
pub(crate) mod weak;

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::panic::{Location, RefUnwindSafe, UnwindSafe, resume_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::counters::Counters;
use crate::error::{BlockingError, BuildError, GetError, InsertError, TryGetError};
use crate::event::Event;
use crate::panics::contained_answer;
use crate::pool::builder::Builder;
use crate::pool::weak::WeakPool;
use crate::pooled::{Constructor, FromFn, Pooled, Token, creates_on_the_spot};
use crate::runtime::Runtime;
use crate::settings::Settings;
use crate::shell::blocking::block_on;
use crate::shell::check::try_check;
use crate::shell::creation::Creation;
use crate::shell::fill::Fill;
use crate::shell::get::Get;
use crate::shell::holders::Holder;
use crate::shell::item::{Item, Unchecked};
use crate::shell::maintain::maintain;
use crate::shell::shared::Shared;
use crate::shell::slot::Slot;
use crate::shell::timer::Within;
use crate::shell::watch::Watch;
use crate::state::{Refused, State};
use crate::status::Status;
use crate::usage::Usage;

/// A pool of resources, shared by cloning.
///
/// It limits how many resources exist, makes them when they are needed, lends them out and takes
/// them back. Whoever has waited longest is served first, by whatever comes first: a resource that
/// is returned or one that is created.
///
/// When the last handle is dropped, the pool closes. Items may outlive it.
///
/// `R` is the executor; a binding such as `pool_tokio::Pool<P>` names it for you.
pub struct Pool<P: Pooled, R> {
    pub(crate) shared: Arc<Shared<P>>,
    pub(crate) closer: Arc<Closer<P>>,
    pub(crate) runtime: PhantomData<fn() -> R>,
}

/// A pool of rights to do something, full from the start: as many tokens as its size are free,
/// and each is made when it is first lent.
pub type TokenPool<R> = Pool<Token, R>;

/// Closes the pool when the last handle goes. Items and creates hold `Shared` alone.
pub(crate) struct Closer<P: Pooled>(Arc<Shared<P>>);

impl<P: Pooled> Drop for Closer<P> {
    fn drop(&mut self) {
        self.0.close();
    }
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

impl<R: Runtime + Default> Pool<Token, R> {
    /// A pool of `size` tokens, to limit how many tasks do something at the same time.
    ///
    /// It has the default settings, a `get_timeout` of 30 s among them; `builder(())` makes one
    /// with others.
    pub fn new(size: usize) -> Self {
        Self::builder(()).max_size(size).build().expect("a maximum alone contradicts nothing")
    }
}

impl<P: Pooled, R> Pool<P, R> {
    /// Lends a resource: an idle one or, if there is none, the first that is returned or created.
    ///
    /// Gets are served in the order in which they began to wait. The whole of it, check and create
    /// included, takes at most the pool's `get_timeout`.
    ///
    /// # Errors
    ///
    /// [`GetError`]: the create failed, time ran out, the pool is closed, or too many wait already.
    ///
    /// # Panics
    ///
    /// If the resource's own `create` or `recycle` panics in it. The pool stays whole.
    ///
    /// # Cancel safety
    ///
    /// It may be dropped at any time: its place in the queue is given up, what it had been granted
    /// goes to the next waiter, a create it had started is finished by the executor for whoever
    /// needs it, and a resource whose check was cut short is dropped. A get that is leaked
    /// (`mem::forget`) keeps its place and what is granted to it.
    #[track_caller]
    pub fn get(&self) -> impl Future<Output = Result<Item<P>, GetError<P::Error>>> + Send {
        Get::new(&self.shared, None, Location::caller())
    }

    /// Lends a resource as [`get`](Self::get) does, within `timeout` instead of the pool's own
    /// `get_timeout`.
    ///
    /// # Errors
    ///
    /// As for `get`.
    ///
    /// # Cancel safety
    ///
    /// As for `get`.
    #[track_caller]
    pub fn get_timeout(
        &self,
        timeout: Duration,
    ) -> impl Future<Output = Result<Item<P>, GetError<P::Error>>> + Send {
        Get::new(&self.shared, Some(timeout), Location::caller())
    }

    /// Lends a resource as [`get`](Self::get) does, and blocks the thread until it has it: for
    /// threads that drive no tasks. It waits in the same queue, by the same rules.
    ///
    /// On tokio: plain threads, `spawn_blocking` and `block_in_place`. What a create or check of
    /// the resource needs of the runtime, and the timeouts, are those of the runtime that the thread
    /// belongs to or, if it belongs to none, of the one in which the pool was built.
    ///
    /// # Errors
    ///
    /// [`BlockingError`]: this thread drives tasks, so that it may not be blocked; or what the get
    /// ended with.
    ///
    /// # Panics
    ///
    /// As for `get`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::thread;
    /// # use pool_core::{Pool, Pooled};
    /// # fn report<P: Pooled<Error: std::fmt::Debug>, R: 'static>(pool: Pool<P, R>) {
    /// thread::spawn(move || {
    ///     let resource = pool.get_blocking().expect("a resource for the report");
    ///     // ...
    /// #   drop(resource);
    /// });
    /// # }
    /// ```
    #[track_caller]
    pub fn get_blocking(&self) -> Result<Item<P>, BlockingError<P::Error>> {
        let runtime = &*self.shared.runtime;
        if !runtime.may_block() {
            return Err(BlockingError::DrivesTasks);
        }
        let get = Get::new(&self.shared, None, Location::caller());
        block_on(runtime, get).map_err(BlockingError::Get)
    }

    /// Lends an idle resource if there is one; never waits and never creates.
    ///
    /// If the resource has a check, it is polled once. A check that takes longer is left to the
    /// executor, its resource goes to the next waiter or becomes idle, and the answer is
    /// [`TryGetError::Empty`]; so it is if the check fails.
    ///
    /// # Errors
    ///
    /// [`TryGetError`]: nothing is idle, or the pool is closed.
    ///
    /// # Panics
    ///
    /// If the resource's own `recycle` panics in it. The pool stays whole.
    #[track_caller]
    pub fn try_get(&self) -> Result<Item<P>, TryGetError> {
        let Some(slot) = self.shared.with(State::try_begin).or_else(|| self.last_resort()) else {
            return Err(self.refuse());
        };
        let unchecked = Unchecked::new(Arc::clone(&self.shared), slot);
        let item = match try_check(unchecked) {
            Ok(item) => item,
            Err(None) => return Err(self.refuse()),
            Err(Some(panic)) => {
                self.refuse();
                resume_unwind(panic)
            }
        };
        if self.shared.notes_loans() {
            self.shared.observe(|| Event::TryGet { served: true });
            return Ok(item.held_by(Location::caller()));
        }
        Ok(item)
    }

    /// Returns an item, as dropping it does. An item goes home to its own pool, whichever pool's
    /// `put` is called.
    ///
    /// # Examples
    ///
    /// No thing can be put twice, and so come to two holders:
    ///
    /// ```compile_fail,E0382
    /// # use pool_core::{Item, Pool, Pooled};
    /// fn twice<P: Pooled, R>(pool: &Pool<P, R>, item: Item<P>) {
    ///     pool.put(item);
    ///     pool.put(item); // error: use of moved value
    /// }
    /// ```
    pub fn put(&self, item: Item<P>) {
        drop(item);
    }

    /// Takes in a resource that was made elsewhere: for the oldest waiter, or to be idle.
    ///
    /// # Errors
    ///
    /// [`InsertError`], which holds the resource: there is no room, or the pool is closed.
    pub fn insert(&self, resource: P::Resource) -> Result<(), InsertError<P::Resource>> {
        let slot = Box::new(Slot::new(&self.shared, resource, self.shared.origin()));
        match self.shared.with(|state| state.insert(slot)) {
            Ok(effects) => {
                self.shared.carry_out(effects);
                self.shared.observe(|| Event::Insert);
                maintain(&self.shared);
                Ok(())
            }
            Err(Refused::Full(slot)) => Err(InsertError::Full(slot.resource)),
            Err(Refused::Closed(slot)) => Err(InsertError::Closed(slot.resource)),
        }
    }

    /// Changes how many resources may exist.
    ///
    /// Growing serves waiters at once. Shrinking ends surplus idle resources at once, and those
    /// in use when they are returned; nothing is created until the size has come down.
    /// [`settled`](Self::settled) tells when it has. 0 drains the pool without closing it: gets
    /// wait until it grows again.
    pub fn resize(&self, max_size: usize) {
        let resized = self.reconfigure(|settings| settings.max_size = max_size);
        resized.expect("a maximum alone is never refused");
    }

    /// Changes limits and timeouts while the pool is in use, all at the same moment. What is under
    /// way goes on with those it began with.
    ///
    /// `change` is called outside the pool's lock and, should another change come in between,
    /// called again.
    ///
    /// # Errors
    ///
    /// A minimum is raised above the maximum, or no creates are allowed. Nothing is changed then.
    /// (The maximum may go below a minimum, which then holds as far as the maximum allows.)
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use pool_core::{BuildError, Pool, Pooled};
    /// # fn for_the_night<P: Pooled, R>(pool: &Pool<P, R>) -> Result<(), BuildError> {
    /// pool.reconfigure(|settings| {
    ///     settings.min_size = 1;
    ///     settings.idle_timeout = Some(Duration::from_secs(60));
    /// })
    /// # }
    /// ```
    pub fn reconfigure(&self, mut change: impl FnMut(&mut Settings)) -> Result<(), BuildError> {
        loop {
            let before = self.settings();
            let mut after = before;
            change(&mut after);
            let after = after.checked(&before)?;
            let changed = self
                .shared
                .with(|state| (*state.settings() == before).then(|| state.reconfigure(after)));
            let Some(effects) = changed else { continue };
            self.shared.carry_out(effects);
            maintain(&self.shared);
            let (from, to) = (before.max_size, after.max_size);
            if from != to {
                self.shared.observe(|| Event::Resize { from, to });
            }
            return Ok(());
        }
    }

    /// Stops lending and creating until [`resume`](Self::resume), for the minutes in which the
    /// server is replaced: gets wait, as long as their timeouts and `max_waiting` let them, `try_get`
    /// finds nothing, and no minimum is kept up. What is lent goes on and may be returned, and
    /// creates that have begun are finished.
    ///
    /// # Examples
    ///
    /// ```
    /// # use pool_core::{Pool, Pooled};
    /// # async fn fail_over<P: Pooled, R>(pool: &Pool<P, R>, other: P::Config) {
    /// pool.suspend();
    /// pool.replace_config(other);
    /// // ... until the other server is ready
    /// pool.resume();
    /// # }
    /// ```
    pub fn suspend(&self) {
        self.shared.with(State::suspend);
    }

    /// Lends and creates again; those who waited are served in their order.
    pub fn resume(&self) {
        self.shared.change(State::resume);
    }

    /// Whether the pool is suspended.
    pub fn is_suspended(&self) -> bool {
        self.status().suspended
    }

    /// Ends when no more resources exist than `max_size` allows.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time.
    pub fn settled(&self) -> impl Future<Output = ()> + Send + use<P, R> {
        let mut watch = Watch::new(Arc::clone(&self.shared));
        poll_fn(move |cx| watch.poll_until(State::is_settled, cx))
    }

    /// Creates what is missing to `min_size` and `min_idle`, as many at a time as `max_creating`
    /// allows, and ends when it exists.
    ///
    /// # Errors
    ///
    /// The first create that fails, or that the pool is closed. What was created stays.
    ///
    /// # Panics
    ///
    /// If the resource's own `create` panics in it. The pool stays whole.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time: creates that have started are finished by the executor.
    pub fn fill(&self) -> impl Future<Output = Result<(), GetError<P::Error>>> + Send + use<P, R> {
        let mut fill = Fill::new(&self.shared);
        poll_fn(move |cx| fill.poll(cx))
    }

    /// Closes the pool for all handles. Marked at the call, whether or not the answer is awaited:
    /// all waiters are told, idle resources end ([`Pooled::close`]), and so does each item's when it
    /// comes back.
    ///
    /// The future ends when the last resource is gone. Closing again changes nothing.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time; the pool stays closed.
    pub fn close(&self) -> impl Future<Output = ()> + Send + use<P, R> {
        self.shared.close();
        let mut watch = Watch::new(Arc::clone(&self.shared));
        poll_fn(move |cx| watch.poll_until(State::is_empty, cx))
    }

    /// Closes the pool as [`close`](Self::close) does, and ends when the last resource is gone or
    /// `timeout` is over.
    ///
    /// # Errors
    ///
    /// What was left when the time was over: items that are still held (`in_use`), creates
    /// (`creating`), resets and closes (`closing`) under way. They go as they end.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time; the pool stays closed.
    pub fn close_within(
        &self,
        timeout: Duration,
    ) -> impl Future<Output = Result<(), Status>> + Send + use<P, R> {
        let closing = self.close();
        let shared = Arc::clone(&self.shared);
        async move {
            let closed = Within::new(&*shared.runtime, Some(timeout), closing).await;
            closed.ok_or_else(|| shared.with(|state| state.status()))
        }
    }

    /// Ends when the pool is closed, by whomever; for tasks that serve it and should end with it.
    /// It does not keep the pool from closing with its last handle.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time.
    pub fn closed(&self) -> impl Future<Output = ()> + Send + use<P, R> {
        let mut watch = Watch::new(Arc::clone(&self.shared));
        poll_fn(move |cx| watch.poll_until(State::is_closed, cx))
    }

    /// Has every resource that exists end: idle ones now, those in use when they are returned,
    /// those being created when they are done. Later gets are served by new ones.
    ///
    /// # Examples
    ///
    /// After a server was restarted, with `pool` a pool of connections to it:
    ///
    /// ```
    /// # use pool_core::{Pool, Pooled};
    /// # fn restarted<P: Pooled, R>(pool: &Pool<P, R>) {
    /// pool.invalidate_all();
    /// # }
    /// ```
    pub fn invalidate_all(&self) {
        self.shared.invalidate(None);
    }

    /// Gives later creates another config, and has every resource that was made with an earlier
    /// one end, as [`invalidate_all`](Self::invalidate_all) does: credentials are rotated.
    pub fn replace_config(&self, config: P::Config) {
        self.shared.invalidate(Some(Arc::new(config)));
    }

    /// Asks `keep` about each idle resource, and takes those out of the pool for which it says no.
    /// One at a time, so that the others can be lent meanwhile; one that is being asked about
    /// counts as in use.
    ///
    /// If `keep` panics, that resource is dropped and counts as not kept.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use pool_core::{Pool, Pooled};
    /// # fn trim<P: Pooled, R>(pool: &Pool<P, R>) {
    /// let old = pool.retain(|_, usage| usage.age() < Duration::from_secs(3600));
    /// println!("{} were older than an hour", old.len());
    /// # }
    /// ```
    pub fn retain(
        &self,
        mut keep: impl FnMut(&mut P::Resource, &Usage<'_>) -> bool,
    ) -> Vec<P::Resource> {
        let mut removed = Vec::new();
        for _ in 0..self.status().idle {
            let Some(slot) = self.shared.with(State::take_longest_idle) else { break };
            let mut asked = Unchecked::new(Arc::clone(&self.shared), slot);
            let (resource, _, usage, _) = asked.parts();
            match contained_answer(|| keep(resource, &usage)) {
                Some(true) => self.shared.change(|state| state.put(asked.give_up())),
                Some(false) => removed.push(Item::detach(asked.pass())),
                None => drop(asked),
            }
        }
        removed
    }

    /// A handle that does not keep the pool open.
    pub fn downgrade(&self) -> WeakPool<P, R> {
        WeakPool::of(self)
    }

    /// Whether the pool is closed.
    pub fn is_closed(&self) -> bool {
        self.shared.with(|state| state.is_closed())
    }

    /// How many gets would be served without waiting for a return: idle resources and room to
    /// create. Never negative.
    pub fn free(&self) -> usize {
        self.status().free()
    }

    /// How many gets have begun and not ended.
    pub fn waiting(&self) -> usize {
        self.status().waiting
    }

    /// All sizes of the pool at one moment.
    pub fn status(&self) -> Status {
        self.shared.with(|state| state.status())
    }

    /// What has happened since the pool was built.
    pub fn counters(&self) -> Counters {
        self.shared.with(|state| state.counters())
    }

    /// Who holds an item, longest first: where it was asked for, and for how long it has been held.
    /// Empty unless the pool was built with [`track_holders`](Builder::track_holders).
    ///
    /// # Examples
    ///
    /// ```
    /// # use pool_core::{Pool, Pooled};
    /// # fn show<P: Pooled, R>(pool: &Pool<P, R>) {
    /// for holder in pool.holders() {
    ///     println!("#{} for {:?} at {}", holder.resource, holder.held, holder.caller);
    /// }
    /// # }
    /// ```
    pub fn holders(&self) -> Vec<Holder> {
        let Some(holders) = &self.shared.holders else { return Vec::new() };
        holders.list(self.shared.runtime.now())
    }

    /// The name that the pool was given.
    pub fn name(&self) -> Option<&str> {
        self.shared.name.as_deref()
    }

    /// The limits and timeouts as they are.
    pub fn settings(&self) -> Settings {
        self.shared.settings()
    }

    pub(crate) fn sharing(shared: Shared<P>) -> Self {
        let shared = Arc::new(shared);
        let closer = Arc::new(Closer(Arc::clone(&shared)));
        Self { shared, closer, runtime: PhantomData }
    }

    /// Makes a resource whose create is zero-sized, such as a token; of others, none.
    #[inline]
    fn make_on_the_spot(&self) -> Option<Box<Slot<P>>> {
        if !creates_on_the_spot::<P>() {
            return None;
        }
        let permit = self.shared.with(State::permit_on_the_spot)?;
        let mut creation = Creation::new(Arc::clone(&self.shared), permit);
        match creation.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => {
                if let Some(payload) = creation.settle(outcome, None) {
                    resume_unwind(payload);
                }
            }
            Poll::Pending => creation.hand_over(),
        }
        let (made, effects) = self.shared.with(State::lend_reserved);
        self.shared.carry_out(effects);
        made
    }

    /// What a `try_get` is given that finds nothing to spare: one that is kept for `min_idle`, or
    /// one that is as good as idle.
    #[cold]
    fn last_resort(&self) -> Option<Box<Slot<P>>> {
        let (reserved, effects) = self.shared.with(State::lend_reserved);
        self.shared.carry_out(effects);
        reserved.or_else(|| self.make_on_the_spot())
    }

    #[cold]
    fn refuse(&self) -> TryGetError {
        let is_closed = self.shared.with(|state| {
            state.refuse();
            state.is_closed()
        });
        self.shared.observe(|| Event::TryGet { served: false });
        if is_closed { TryGetError::Closed } else { TryGetError::Empty }
    }
}

// No panic of user code leaves the pool in a state that could be seen (law P1).
impl<P: Pooled, R> UnwindSafe for Pool<P, R> {}
impl<P: Pooled, R> RefUnwindSafe for Pool<P, R> {}

impl<P: Pooled, R> Clone for Pool<P, R> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            closer: Arc::clone(&self.closer),
            runtime: PhantomData,
        }
    }
}

/// A pool with the defaults and a default config.
impl<P: Pooled<Config: Default>, R: Runtime + Default> Default for Pool<P, R> {
    fn default() -> Self {
        Self::builder(P::Config::default()).build().expect("the defaults contradict nothing")
    }
}

impl<P: Pooled, R> fmt::Debug for Pool<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", &self.name())
            .field("status", &self.status())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
