//! What can be pooled: the trait, and two implementations that need no code of the user.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::usage::Usage;

/// How a resource is created, health-checked, reset and closed.
///
/// Implement it on the resource type, or derive it; for a resource of another crate, on a marker type of
/// your own. Everything but [`create`](Self::create) has a default that costs nothing.
///
/// ```text
/// create    begun by a get that finds nothing idle      ─▶ lent (checked out, in use)
/// recycle   begun by the get that is to be lent it next ─▶ lent again, or evicted
/// reset     begun when its item is dropped              ─▶ idle, or evicted
/// close     begun by the pool on its way out            ─▶ gone: its slot is free
/// ```
///
/// Each is polled once where it is begun. What is not finished by that goes on in a task of the executor,
/// whatever becomes of the get that began it. So none of them may lean on its caller's task: what it needs
/// is in its arguments.
///
/// # Examples
///
/// A resource of another crate, with a marker type:
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
    /// What `create` needs, such as an address; `()` if that is nothing.
    type Config: Send + Sync + 'static;
    /// Why a create, a health check or a reset fails; [`Infallible`] if that can't happen.
    type Error: Send + Sync + 'static;

    /// Creates a resource: connects, opens, starts.
    ///
    /// Begun by a get that finds nothing idle, or for the minimum, and finished by the executor. The oldest
    /// waiter is lent the result; if nobody waits any more, it becomes idle. Limited by
    /// [`create_timeout`](crate::Builder::create_timeout). A panic costs only this create: it unwinds through
    /// the get that began it, if that still waits.
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped at any await: after `create_timeout`, when the pool is closed or
    /// [invalidated](crate::Pool::invalidate_all), or when the executor shuts down.
    fn create(
        config: &Self::Config,
    ) -> impl Future<Output = Result<Self::Resource, Self::Error>> + Send;

    /// The health check: says whether a returned resource is fit to be lent again.
    ///
    /// Begun by the get that is to be lent the resource, if
    /// [`recycle_policy`](crate::Builder::recycle_policy) asks for it; never right after the create. What it
    /// does not finish at once is left to the executor, and the get waits, first in the queue. If the get
    /// leaves, the check goes on, and the next is lent the resource. If the check fails, or takes longer than
    /// [`recycle_timeout`](crate::Builder::recycle_timeout), the pool evicts the resource, and the get goes
    /// on with a create. A panic costs the resource: it unwinds through the get, if that still waits.
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped at any await: when the pool is closed or
    /// [invalidated](crate::Pool::invalidate_all), or when the executor shuts down. The resource is then
    /// evicted.
    #[doc(alias("health check", "validate", "is_valid", "ping"))]
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
    /// Runs when an item is dropped; what does not finish at once is left to the executor. The resource
    /// is not lent before that. If it fails or takes longer than
    /// [`reset_timeout`](crate::Builder::reset_timeout), the resource is closed. If it panics or is
    /// interrupted, the resource is dropped without a close.
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

    /// Closes a resource that leaves the pool: says goodbye, flushes, kills. The default drops it.
    ///
    /// Runs when the pool evicts the resource, its holder discards it, or the pool is closed. What does not
    /// finish at once is left to the executor, for at most
    /// [`close_timeout`](crate::Builder::close_timeout); until then the resource counts in the pool's size.
    /// Without an executor it is just dropped.
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped at any await, and the resource with it.
    #[doc(alias("disconnect", "shutdown"))]
    fn close(resource: Self::Resource) -> impl Future<Output = ()> + Send {
        drop(resource);
        Immediate::<()>::new()
    }

    /// Says, when a resource is returned, whether it may be lent again (the opposite of `has_broken`).
    ///
    /// Must be quick: it runs in the item's `Drop`. If it says no or panics, the resource is closed.
    #[doc(alias("has_broken", "is_closed"))]
    fn is_reusable(resource: &mut Self::Resource) -> bool {
        let _ = resource;
        true
    }
}

/// A zero-sized future that is ready at once, with `()` or with `Ok` of a default.
///
/// The pool polls zero-sized futures inline and never stores them. That is why the defaults of
/// [`Pooled`] cost nothing.
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

/// Whether `P`'s checks are zero-sized futures. Such a future keeps nothing from poll to poll, so it
/// may be polled inline and, if it is ever pending, be made anew.
#[inline]
pub(crate) fn checks_inline<P: Pooled>() -> bool {
    fn is_zero_sized<'a, A: 'a, B: 'a, Fut>(
        _: impl FnOnce(&'a mut A, &'a B, &'a Usage<'a>) -> Fut,
    ) -> bool {
        size_of::<Fut>() == 0
    }
    is_zero_sized(P::recycle)
}

/// Whether `P`'s creates are zero-sized futures. Then room to create is as good as an idle resource.
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

/// The right to do something that only so many may do at the same time, like a semaphore's permit.
///
/// It is what a [`TokenPool`](crate::TokenPool) lends.
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

/// Resources created by a closure: what [`Pool::from_fn`](crate::Pool::from_fn) pools.
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
