//! The handle: everything a user can ask of a pool.

pub(crate) mod builder;
mod ending;
mod getting;
mod looking;
mod sizing;
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
