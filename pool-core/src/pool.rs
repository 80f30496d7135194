//! The handle: everything a user can ask of a pool.

// In this order the page of `Pool` shows what they add to it.
pub(crate) mod builder;
mod getting;

mod sizing;

mod ending;
mod looking;
pub(crate) mod weak;

use std::fmt;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use crate::pooled::{Pooled, Token};
use crate::runtime::Runtime;
use crate::shell::shared::Shared;

/// A pool of resources, shared by cloning.
///
/// It limits how many resources exist, creates them on demand, lends them out (checks them out) and
/// takes them back. It is fair: first in, first out, without barging. The get that has waited longest is
/// served first, by whatever comes first: a resource that is returned or one that is created.
///
/// When the last handle is dropped, the pool closes. Items may outlive it.
///
/// `R` is the executor; a binding such as `pool_tokio::Pool<P>` names it for you.
///
/// | I want to | |
/// |---|---|
/// | build a pool | [`builder`](Self::builder), [`from_fn`](Self::from_fn) |
/// | check a resource out | [`get`](Self::get), [`get_timeout`](Self::get_timeout) |
/// | check one out only if one is idle | [`try_get`](Self::try_get) |
/// | check one out on a thread that may block | [`get_blocking`](Self::get_blocking) |
/// | check one out by a future that borrows nothing | [`get_owned`](Self::get_owned) |
/// | return a resource | drop its [`Item`](crate::Item), or [`put`](Self::put) it |
/// | keep one, or get rid of a broken one | [`Item::detach`](crate::Item::detach), [`Item::discard`](crate::Item::discard) |
/// | add one that was made elsewhere | [`insert`](Self::insert) |
/// | warm the pool up | [`Builder::build_filled`](crate::Builder::build_filled), [`fill`](Self::fill) |
/// | change its size | [`resize`](Self::resize), [`settled`](Self::settled) |
/// | change other limits and timeouts | [`reconfigure`](Self::reconfigure), [`settings`](Self::settings) |
/// | have gets wait while a server is replaced | [`suspend`](Self::suspend), [`resume`](Self::resume) |
/// | rotate credentials, or move to another server | [`replace_config`](Self::replace_config) |
/// | replace all resources (soft eviction) | [`invalidate_all`](Self::invalidate_all) |
/// | evict some of the idle ones | [`retain`](Self::retain) |
/// | shut down gracefully | [`close`](Self::close), [`close_within`](Self::close_within) |
/// | stop a task of mine when the pool is closed | [`closed`](Self::closed) |
/// | see how the pool stands, and what happened | [`status`](Self::status), [`counters`](Self::counters) |
/// | find a leak | [`holders`](Self::holders) |
/// | keep a handle that does not keep the pool open | [`downgrade`](Self::downgrade) |
pub struct Pool<P: Pooled, R> {
    pub(crate) shared: Arc<Shared<P>>,
    pub(crate) closer: Arc<Closer<P>>,
    pub(crate) runtime: PhantomData<fn() -> R>,
}

/// A pool of tokens: rights to do something, such as those of a semaphore.
///
/// It is full from the start: as many tokens as its size are free, and each is created when it is
/// first lent.
pub type TokenPool<R> = Pool<Token, R>;

/// Closes the pool when the last handle goes. Items and creates hold `Shared` alone.
pub(crate) struct Closer<P: Pooled>(Arc<Shared<P>>);

impl<P: Pooled> Drop for Closer<P> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<R: Runtime + Default> Pool<Token, R> {
    /// Makes a pool of `size` tokens, to limit how many tasks do something at once.
    ///
    /// It has the default settings, a `get_timeout` of 30 s among them; `builder(())` makes one
    /// with others.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("pool/example.md")]
    /// # type TokenPool = pool_core::TokenPool<Threads>;
    /// # run(async {
    /// let uploads = TokenPool::new(4);
    /// let token = uploads.get().await?; // at most four tasks hold one
    /// assert_eq!(uploads.free(), 3);
    /// drop(token);
    /// # Ok(()) });
    /// ```
    pub fn new(size: usize) -> Self {
        Self::builder(()).max_size(size).build().expect("a maximum alone contradicts nothing")
    }
}

impl<P: Pooled, R> Pool<P, R> {
    pub(crate) fn sharing(shared: Shared<P>) -> Self {
        let shared = Arc::new(shared);
        let closer = Arc::new(Closer(Arc::clone(&shared)));
        Self { shared, closer, runtime: PhantomData }
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
