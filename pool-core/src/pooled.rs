//! What can be pooled: the trait, and two implementations that need no code of the user's.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::usage::Usage;

/// How a resource is made, checked, cleaned and ended.
///
/// Implement it on the resource type, or derive it; for a foreign resource, on a marker type of
/// your own. Everything but [`create`](Self::create) has a default that costs nothing.
///
/// # Examples
///
/// A foreign resource, with a marker type:
///
/// ```
/// use std::net::{SocketAddr, TcpStream};
/// use pool_core::{Pooled, Usage};
///
/// struct Tcp;
///
/// impl Pooled for Tcp {
///     type Resource = TcpStream;
///     type Config = SocketAddr;
///     type Error = std::io::Error;
///
///     async fn create(address: &SocketAddr) -> std::io::Result<TcpStream> {
///         TcpStream::connect(address)
///     }
///
///     async fn recycle(tcp: &mut TcpStream, _: &SocketAddr, _: &Usage<'_>) -> std::io::Result<()> {
///         tcp.take_error()?.map_or(Ok(()), Err)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Pooled`: a pool does not know how to create it",
    label = "needs `#[derive(Pooled)]` with a constructor, or `impl Pooled`",
    note = "write `#[derive(Pooled)] #[pooled(create = async Self::connect(&Config) -> io::Result<Self>)]` \
            above the type, with its own constructor",
    note = "or mark the constructor where it stands: `#[pooled] impl Connection {{ #[create] async fn \
            connect(config: &Config) -> io::Result<Self> {{ .. }} }}`",
    note = "for a type of another crate: `impl Pooled for MyMarker {{ type Resource = TheType; .. }}` and \
            `Pool<MyMarker>`; or `Pool::from_fn(|| connect())`"
)]
pub trait Pooled: Sized + 'static {
    /// What the pool lends; `Self` when derived.
    type Resource: Send + 'static;
    /// What `create` needs; `()` if that is nothing.
    type Config: Send + Sync + 'static;
    /// Why a create or a check fails; [`Infallible`] if that can't happen.
    type Error: Send + Sync + 'static;

    /// Makes a resource.
    ///
    /// Runs in the get that needs it. Should that get be cancelled or served by a returned
    /// resource first, the executor finishes the create, and the next waiter gets the result.
    /// Bounded by `create_timeout`; a panic unwinds through the get and costs only this create.
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped at any await, when `create_timeout` is over or the executor
    /// shuts down.
    fn create(
        config: &Self::Config,
    ) -> impl Future<Output = Result<Self::Resource, Self::Error>> + Send;

    /// Says whether a used resource is fit to be lent again; runs in the get that is to have it.
    ///
    /// Failed, cut short, too slow (`recycle_timeout`) or panicking, it costs the resource: the
    /// pool ends it and the get goes on, first in the queue. A resource straight from its create
    /// is not checked.
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped at any await. The resource then ends.
    fn recycle(
        resource: &mut Self::Resource,
        config: &Self::Config,
        usage: &Usage<'_>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = (resource, config, usage);
        Immediate::<Result<(), Self::Error>>::new()
    }

    /// Makes a returned resource as good as new: rolls back, clears, unsubscribes.
    ///
    /// Runs when an item is dropped: what does not end at once is left to the executor. The
    /// resource is not lent until it has ended. Failed or too slow (`reset_timeout`), it costs the
    /// resource, which is then closed; cut short or panicking, the resource is dropped.
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped at any await. The resource is then dropped, too.
    fn reset(
        resource: &mut Self::Resource,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let _ = resource;
        Immediate::<Result<(), Self::Error>>::new()
    }

    /// Ends a resource that leaves the pool: says goodbye, flushes, kills. The default drops it.
    ///
    /// What does not end at once is left to the executor, for at most `close_timeout`; until then
    /// the resource counts in the pool's size. Without an executor it is just dropped.
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped at any await, and the resource with it.
    fn close(resource: Self::Resource) -> impl Future<Output = ()> + Send {
        drop(resource);
        Immediate::<()>::new()
    }

    /// Says, when a resource is returned, whether it may be lent again. Must be quick: it runs in
    /// the item's `Drop`. If it panics, the resource ends.
    fn is_reusable(resource: &mut Self::Resource) -> bool {
        let _ = resource;
        true
    }
}

/// A zero-sized future that is ready at once, with `()` or with the default of a `Result`'s value.
///
/// The pool polls zero-sized futures on the spot and never stores them; that is how a default
/// costs nothing.
pub struct Immediate<O>(PhantomData<fn() -> O>);

impl<O> Immediate<O> {
    /// Creates the future.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<O> Default for Immediate<O> {
    fn default() -> Self {
        Self::new()
    }
}

impl<O> fmt::Debug for Immediate<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Immediate")
    }
}

impl<T: Default, E> Future for Immediate<Result<T, E>> {
    type Output = Result<T, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(T::default()))
    }
}

impl Future for Immediate<()> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

/// Whether `P`'s checks are zero-sized futures: such a one keeps nothing from poll to poll, so it
/// may be polled on the spot and, should it ever be pending, be made anew.
#[inline]
pub(crate) fn checks_inline<P: Pooled>() -> bool {
    fn is_zero_sized<'a, A: 'a, B: 'a, Fut>(
        _: impl FnOnce(&'a mut A, &'a B, &'a Usage<'a>) -> Fut,
    ) -> bool {
        size_of::<Fut>() == 0
    }
    is_zero_sized(P::recycle)
}

/// Whether `P`'s creates are zero-sized futures. Then a resource that could be created is as good
/// as one that is idle.
#[inline]
pub(crate) fn creates_inline<P: Pooled>() -> bool {
    fn is_zero_sized<'a, A: 'a, Fut>(_: impl FnOnce(&'a A) -> Fut) -> bool {
        size_of::<Fut>() == 0
    }
    is_zero_sized(P::create)
}

/// Whether `P`'s resets are zero-sized futures.
#[inline]
pub(crate) fn resets_inline<P: Pooled>() -> bool {
    fn is_zero_sized<'a, A: 'a, Fut>(_: impl FnOnce(&'a mut A) -> Fut) -> bool {
        size_of::<Fut>() == 0
    }
    is_zero_sized(P::reset)
}

/// Whether `P`'s closes are zero-sized futures.
#[inline]
pub(crate) fn closes_inline<P: Pooled>() -> bool {
    fn is_zero_sized<A, Fut>(_: impl FnOnce(A) -> Fut) -> bool {
        size_of::<Fut>() == 0
    }
    is_zero_sized(P::close)
}

/// The right to do something that only so many may do at once: what a
/// [`TokenPool`](crate::TokenPool) lends.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Token;

impl Pooled for Token {
    type Resource = Self;
    type Config = ();
    type Error = Infallible;

    fn create((): &()) -> impl Future<Output = Result<Self, Infallible>> + Send {
        Immediate::<Result<Self, Infallible>>::new()
    }
}

/// Resources made by a closure: what [`Pool::from_fn`](crate::Pool::from_fn) pools.
///
/// The closure is boxed, so that the pool's type can be written in a field:
/// `Pool<FromFn<TcpStream, io::Error>>`.
pub struct FromFn<T, E>(PhantomData<fn() -> (T, E)>);

impl<T, E> fmt::Debug for FromFn<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromFn")
    }
}

impl<T: Send + 'static, E: Send + Sync + 'static> Pooled for FromFn<T, E> {
    type Resource = T;
    type Config = Constructor<T, E>;
    type Error = E;

    async fn create(constructor: &Constructor<T, E>) -> Result<T, E> {
        (constructor.0)().await
    }
}

type Creating<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// The boxed closure of a [`FromFn`].
pub struct Constructor<T, E>(Box<dyn Fn() -> Creating<T, E> + Send + Sync>);

impl<T, E> Constructor<T, E> {
    /// Boxes a closure.
    pub fn new<F, Fut>(create: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        Self(Box::new(move || Box::pin(create())))
    }
}

impl<T, E> fmt::Debug for Constructor<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Constructor")
    }
}
