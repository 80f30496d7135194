//! Checking a resource out, and returning one.

use std::panic::{Location, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::error::{BlockingError, GetError, InsertError, TryGetError};
use crate::event::Event;
use crate::pool::Pool;
use crate::pooled::{Pooled, creates_inline};
use crate::shell::blocking::block_on;
use crate::shell::check::try_check;
use crate::shell::creation::create;
use crate::shell::get::Get;
use crate::shell::item::{Item, Unchecked};
use crate::shell::slot::Slot;
use crate::state::{Refused, State};

/// # Getting
///
/// Checking a resource out, and returning it: [`get`](Self::get) waits its turn,
/// [`try_get`](Self::try_get) never waits, [`get_blocking`](Self::get_blocking) is for plain threads.
impl<P: Pooled, R> Pool<P, R> {
    /// Lends a resource (checks it out): an idle one, or else the next returned or created.
    ///
    /// Gets that wait are served first in, first out, without barging. All of a get, the health check
    /// and the create included, takes at most the pool's
    /// [`get_timeout`](crate::Builder::get_timeout). Dropping the item returns the resource.
    ///
    /// # Errors
    ///
    /// [`GetError`]: the create failed, the get timed out, the pool is closed, too many gets are already
    /// waiting, or no executor takes the create.
    ///
    /// # Panics
    ///
    /// If the resource's own `create` or `recycle` panics while the get waits for it. The pool stays
    /// whole.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time. The get loses its place in the queue, and what it was granted goes
    /// to the next waiter. A create or health check that it has begun is finished by the executor, for
    /// the next get that needs it: nothing is interrupted, and no resource is lost.
    ///
    /// May also be kept and not polled, as an arm of a `select!` is, or leaked (`mem::forget`). Nobody
    /// else waits for it then: what it was granted and does not fetch goes to the next waiter after
    /// [`patience`](crate::Builder::patience) or when its timeout is over. When it is polled again, it
    /// is first in the queue.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).max_size(8).build()?;
    /// let mut connection = pool.get().await?;
    /// connection.write_all(b"PING\r\n")?;
    /// drop(connection); // returns it to the pool
    /// assert_eq!(pool.status().idle, 1);
    /// # Ok(()) });
    /// ```
    #[doc(alias("acquire", "checkout"))]
    #[track_caller]
    pub fn get(&self) -> impl Future<Output = Result<Item<P>, GetError<P::Error>>> + Send {
        Get::new(&self.shared, None, Location::caller())
    }

    /// Lends a resource as [`get`](Self::get) does, with a timeout of its own.
    ///
    /// `timeout` replaces the pool's [`get_timeout`](crate::Builder::get_timeout) for this get. Zero
    /// means "at once or not at all".
    ///
    /// # Errors
    ///
    /// As for `get`.
    ///
    /// # Panics
    ///
    /// As for `get`.
    ///
    /// # Cancel safety
    ///
    /// As for `get`.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).max_size(1).build()?;
    /// let held = pool.get().await?;
    /// match pool.get_timeout(Duration::from_millis(5)).await {
    ///     Ok(mut connection) => connection.write_all(b"PING\r\n")?,
    ///     // timed out after 5.0ms waiting for a resource (pool size 1 of 1: ..)
    ///     Err(GetError::TimedOut(timed_out)) => eprintln!("{timed_out}"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # assert_eq!((pool.counters().timed_out, held.len()), (1, 0));
    /// # Ok(()) });
    /// ```
    #[doc(alias("acquire_timeout", "checkout_timeout"))]
    #[track_caller]
    pub fn get_timeout(
        &self,
        timeout: Duration,
    ) -> impl Future<Output = Result<Item<P>, GetError<P::Error>>> + Send {
        Get::new(&self.shared, Some(timeout), Location::caller())
    }

    /// Lends a resource as [`get`](Self::get) does, by a future that borrows nothing.
    ///
    /// For `JoinSet::spawn`, and for services that keep their future. It is a handle of the pool, which
    /// stays open until it has ended.
    ///
    /// # Errors
    ///
    /// As for `get`.
    ///
    /// # Panics
    ///
    /// As for `get`.
    ///
    /// # Cancel safety
    ///
    /// As for `get`.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # use std::pin::Pin;
    /// # run(async {
    /// type Getting = Pin<Box<dyn Future<Output = Result<Item<Plain>, GetError<io::Error>>> + Send>>;
    /// # type Plain = FromFn<Vec<u8>, io::Error>;
    ///
    /// struct Service {
    ///     getting: Option<Getting>, // as in `poll_ready` of a service
    /// }
    ///
    /// let pool = Pool::from_fn(connect).build()?;
    /// let service = Service { getting: Some(Box::pin(pool.get_owned())) };
    /// # let mut connection = service.getting.expect("it has just been set").await?;
    /// # connection.push(1);
    /// # Ok(()) });
    /// ```
    #[doc(alias("acquire_owned"))]
    #[track_caller]
    pub fn get_owned(
        &self,
    ) -> impl Future<Output = Result<Item<P>, GetError<P::Error>>> + Send + use<P, R> {
        let (pool, caller) = (self.clone(), Location::caller());
        async move { Get::new(&pool.shared, None, caller).await }
    }

    /// Lends a resource as [`get`](Self::get) does, and blocks the thread until then.
    ///
    /// It is for threads that run no async tasks. It waits in the same queue, by the same rules and
    /// timeouts. Its own timeout goes by the thread's clock: it holds without an executor, and beside one
    /// that rests or whose clock is paused.
    ///
    /// On tokio: plain threads, `spawn_blocking` and `block_in_place`. A create or a health check that
    /// takes its time goes on in the runtime in which the pool was built, which has to be running, or in
    /// the one that the thread belongs to if that one has ended. A driver that blocks may do so in place:
    /// `pool_tokio::unblock`.
    ///
    /// # Errors
    ///
    /// [`BlockingError`]: the get failed, or the thread runs async tasks, so that it may not be
    /// blocked.
    ///
    /// # Panics
    ///
    /// As for `get`.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).build()?;
    /// let report = thread::spawn(move || {
    ///     let mut connection = pool.get_blocking().expect("a connection for the report");
    ///     connection.write_all(b"REPORT\r\n")
    /// });
    /// # report.join().unwrap()?;
    /// # Ok(()) });
    /// ```
    #[track_caller]
    pub fn get_blocking(&self) -> Result<Item<P>, BlockingError<P::Error>> {
        let runtime = &*self.shared.runtime;
        if !runtime.may_block() {
            return Err(BlockingError::DrivesTasks);
        }
        let get = Get::new(&self.shared, None, Location::caller());
        block_on(get).map_err(BlockingError::Get)
    }

    /// Lends an idle resource if there is one; never waits and never creates.
    ///
    /// If the resource has a health check, it is polled once. A check that takes longer is finished by
    /// the executor, its resource goes to the oldest waiter or becomes idle, and this call fails with
    /// [`TryGetError::Empty`]; so it does if the check fails.
    ///
    /// # Errors
    ///
    /// [`TryGetError`]: nothing is idle, or the pool is closed.
    ///
    /// # Panics
    ///
    /// If the resource's own `recycle` panics in it. The pool stays whole.
    ///
    /// # Examples
    ///
    /// Something that may be left out when all connections are in use:
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// # let pool = Pool::from_fn(connect).min_size(1).build_filled().await?;
    /// match pool.try_get() {
    ///     Ok(mut connection) => connection.write_all(b"LOG\r\n")?,
    ///     Err(TryGetError::Empty) => {} // all are in use: left out
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # assert_eq!(pool.counters().refused, 0);
    /// # Ok(()) });
    /// ```
    #[doc(alias("try_acquire", "try_checkout"))]
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

    /// Returns an item, as dropping it does.
    ///
    /// It is returned to its own pool, whichever pool's `put` is called.
    ///
    /// # Examples
    ///
    /// No item can be returned twice, so that no resource has two holders:
    ///
    /// ```compile_fail,E0382
    /// # use pool_core::{Item, Pool, Pooled};
    /// fn twice<P: Pooled, R>(pool: &Pool<P, R>, item: Item<P>) {
    ///     pool.put(item);
    ///     pool.put(item); // error: use of moved value
    /// }
    /// ```
    #[doc(alias("release", "checkin", "give_back"))]
    pub fn put(&self, item: Item<P>) {
        drop(item);
    }

    /// Adds a resource that was made elsewhere: for the oldest waiter, or else to be idle.
    ///
    /// # Errors
    ///
    /// [`InsertError`], which contains the resource: there is no room, or the pool is closed.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).max_size(1).build()?;
    /// pool.insert(connect().await?)?;
    /// let refused = pool.insert(connect().await?).expect_err("one is the maximum");
    /// let connection = refused.into_resource();
    /// # assert!(connection.is_empty());
    /// # Ok(()) });
    /// ```
    #[doc(alias("add"))]
    pub fn insert(&self, resource: P::Resource) -> Result<(), InsertError<P::Resource>> {
        let now = self.shared.runtime.now();
        let slot = Box::new(Slot::new(resource, self.shared.origin(), now));
        let born = self.shared.born(now);
        match self.shared.with(|state| state.insert(slot, born)) {
            Ok(effects) => {
                self.shared.carry_out(effects);
                self.shared.observe(|| Event::Insert);
                Ok(())
            }
            Err(Refused::Full(slot)) => Err(InsertError::Full(slot.resource)),
            Err(Refused::Closed(slot)) => Err(InsertError::Closed(slot.resource)),
        }
    }

    /// Creates a resource whose create is zero-sized, such as a token; of others, none.
    #[inline]
    fn make_inline(&self) -> Option<Box<Slot<P>>> {
        if !creates_inline::<P>() {
            return None;
        }
        let permit = self.shared.with(State::permit_inline)?;
        if let Err(payload) = create(&self.shared, permit) {
            resume_unwind(payload);
        }
        let (made, effects) = self.shared.with(State::lend_reserved);
        self.shared.carry_out(effects);
        made
    }

    /// What is left for a `try_get` that finds nothing idle to spare: a resource that is kept for
    /// `min_idle`, or one whose create takes no time.
    #[cold]
    fn last_resort(&self) -> Option<Box<Slot<P>>> {
        self.shared.attend();
        let (reserved, effects) = self.shared.with(State::lend_reserved);
        self.shared.carry_out(effects);
        reserved.or_else(|| self.make_inline())
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
