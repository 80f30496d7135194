//! Closing the pool, and evicting or replacing its resources.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use crate::panics::contained_answer;
use crate::pool::Pool;
use crate::pooled::Pooled;
use crate::shell::item::{Item, Unchecked};
use crate::shell::timer::Within;
use crate::shell::watch::Watch;
use crate::state::State;
use crate::status::Status;
use crate::usage::Usage;

/// # Ending and replacing
///
/// Graceful shutdown ([`close_within`](Self::close_within)), soft eviction
/// ([`invalidate_all`](Self::invalidate_all)) and credential rotation
/// ([`replace_config`](Self::replace_config)).
impl<P: Pooled, R> Pool<P, R> {
    /// Closes the pool for all handles, and waits until its last resource is gone.
    ///
    /// The pool is closed at the call, whether or not the future is awaited: all waiters receive
    /// [`GetError::Closed`](crate::GetError::Closed), creates and health checks in flight are dropped, idle
    /// resources are closed ([`Pooled::close`]), and those in use when they are returned. Closing again
    /// changes nothing.
    ///
    /// It waits for items, and for resets and closes that take their time, but for no get that is kept
    /// and not polled.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time; the pool stays closed.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// # let pool = Pool::from_fn(connect).min_size(1).build_filled().await?;
    /// pool.close().await;
    /// assert!(matches!(pool.get().await, Err(GetError::Closed)));
    /// assert_eq!(pool.status().size, 0);
    /// # Ok(()) });
    /// ```
    #[doc(alias("shutdown"))]
    pub fn close(&self) -> impl Future<Output = ()> + Send + use<P, R> {
        self.shared.close();
        let mut watch = Watch::new(Arc::clone(&self.shared));
        poll_fn(move |cx| watch.poll_until(State::is_empty, cx))
    }

    /// Closes the pool as [`close`](Self::close) does, and waits for `timeout` at most.
    ///
    /// This is the graceful shutdown with a deadline: what is in use may be used to its end, and is
    /// closed when it is returned.
    ///
    /// # Errors
    ///
    /// What was left at the deadline: items that are still held (`in_use`), resets and closes in flight
    /// (`closing`). They go on, and what they leave is closed.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time; the pool stays closed.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// # let pool = Pool::from_fn(connect).build()?;
    /// let held = pool.get().await?;
    /// if let Err(left) = pool.close_within(Duration::from_millis(5)).await {
    ///     eprintln!("{} connections were still in use", left.in_use);
    /// }
    /// # let left = pool.close_within(Duration::ZERO).await.expect_err("one is held");
    /// # assert_eq!((left.in_use, held.len()), (1, 0));
    /// # Ok(()) });
    /// ```
    #[doc(alias("graceful shutdown", "drain"))]
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

    /// Completes when the pool is closed, by any handle or by the loss of the last one.
    ///
    /// For background tasks that should stop with the pool. The future does not keep it open.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time.
    pub fn closed(&self) -> impl Future<Output = ()> + Send + use<P, R> {
        let mut watch = Watch::new(Arc::clone(&self.shared));
        poll_fn(move |cx| watch.poll_until(State::is_closed, cx))
    }

    /// Evicts every resource that exists, without taking any from its holder: soft eviction.
    ///
    /// Idle resources are closed now, those in use when they are returned. Creates and health checks in
    /// flight are dropped; gets that wait for them begin others. Later gets are served by new resources.
    ///
    /// # Examples
    ///
    /// After the server was restarted:
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// # let pool = Pool::from_fn(connect).build()?;
    /// let old = pool.get().await?;
    /// pool.invalidate_all();
    /// drop(old); // is closed, and not lent again
    /// assert_eq!(pool.status().size, 0);
    /// # Ok(()) });
    /// ```
    #[doc(alias("soft evict", "evict", "reset", "clear"))]
    pub fn invalidate_all(&self) {
        self.shared.invalidate(None);
    }

    /// Gives later creates another config, and evicts what was created with an earlier one.
    ///
    /// The evictions are those of [`invalidate_all`](Self::invalidate_all); both happen at the same
    /// moment, so that no get receives a resource of the old config after this call. In an outage, the
    /// next create begins at once, without the rest of its pause.
    ///
    /// # Examples
    ///
    /// ## Credential rotation
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::<Connection>::builder("postgres://app:old@db").build()?;
    /// let held = pool.get().await?;
    /// pool.replace_config("postgres://app:new@db");
    /// assert_eq!(pool.get().await?.url, "postgres://app:new@db");
    /// assert_eq!(held.url, "postgres://app:old@db"); // used to its end, then closed
    /// # Ok(()) });
    /// ```
    #[doc(alias("credential rotation", "rotate"))]
    pub fn replace_config(&self, config: P::Config) {
        self.shared.invalidate(Some(Arc::new(config)));
    }

    /// Asks `keep` about each idle resource; takes out and returns those it does not keep.
    ///
    /// It asks about one at a time, so that the others can be lent meanwhile. The one that it asks
    /// about counts as in use. If `keep` panics, that resource is discarded.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// # let pool = Pool::from_fn(connect).min_size(1).build_filled().await?;
    /// let old = pool.retain(|_, usage| usage.age() < Duration::from_secs(3600));
    /// println!("{} were older than an hour", old.len());
    /// # assert_eq!((old.len(), pool.status().idle), (0, 1));
    /// # Ok(()) });
    /// ```
    #[doc(alias("evict"))]
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
}
