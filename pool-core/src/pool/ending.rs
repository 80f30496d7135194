//! The end of resources, and of the pool.

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
/// Graceful shutdown, soft eviction, credential rotation.
impl<P: Pooled, R> Pool<P, R> {
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
}
