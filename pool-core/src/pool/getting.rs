//! Getting a resource, and giving one.

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
/// Checking a resource out, and returning one: `get` waits its turn, `try_get` never waits, `get_blocking` is
/// for plain threads.
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

    /// Lends a resource as [`get`](Self::get) does, by a future that borrows nothing: for
    /// `JoinSet::spawn`, and for services that keep their future. It keeps the pool open.
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
    /// # use pool_core::{Item, Pool, Pooled};
    /// # type Getting<P> = std::pin::Pin<Box<dyn Future<Output = Option<Item<P>>> + Send>>;
    /// # fn call<P: Pooled, R: 'static>(pool: &Pool<P, R>) -> Getting<P> {
    /// let get = pool.get_owned();
    /// Box::pin(async move { get.await.ok() })
    /// # }
    /// ```
    #[track_caller]
    pub fn get_owned(
        &self,
    ) -> impl Future<Output = Result<Item<P>, GetError<P::Error>>> + Send + use<P, R> {
        let (pool, caller) = (self.clone(), Location::caller());
        async move { Get::new(&pool.shared, None, caller).await }
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
        block_on(get).map_err(BlockingError::Get)
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

    /// Makes a resource whose create is zero-sized, such as a token; of others, none.
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

    /// What a `try_get` is given that finds nothing to spare: one that is kept for `min_idle`, or
    /// one that is as good as idle.
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
