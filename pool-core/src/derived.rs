//! What a derived `impl Pooled` is written with: not for use by hand, and free to change.
//!
//! The derive sees tokens and no types. So the impl passes what the user's functions return through
//! these traits. Each is implemented for exactly the types that are right. For any other type, its
//! message, which the compiler puts on the user's tokens, says what to write instead.

use std::any::Any;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::pooled::Immediate;

/// The trait alone, for a crate that re-exports it beside a derive of its own.
pub use crate::pooled::Pooled;

/// What a constructor may be declared to return: the resource, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "a constructor of `{Resource}` can't return `{Self}`",
    label = "must be `{Resource}` or a `Result` of it",
    note = "the type after `->` is what the constructor returns once awaited: `-> Result<Self, Error>`"
)]
pub trait Constructed<Resource> {
    /// Why there is no resource.
    type Error;

    /// The resource, or why there is none.
    fn into_result(self) -> Result<Resource, Self::Error>;
}

#[diagnostic::do_not_recommend]
impl<Resource> Constructed<Resource> for Resource {
    type Error = Infallible;

    fn into_result(self) -> Result<Resource, Infallible> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<Resource, E> Constructed<Resource> for Result<Resource, E> {
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// What a constructor returns: the type that is declared after `->`.
#[diagnostic::on_unimplemented(
    message = "the constructor returns `{Self}`, but `{Declared}` is declared",
    label = "returns `{Self}`",
    note = "the type after `->` is what the constructor returns once awaited; if it returns a future, \
            write `async` in front of the path"
)]
pub trait Returned<Declared> {
    /// The value as what it is.
    fn into_declared(self) -> Declared;
}

#[diagnostic::do_not_recommend]
impl<Declared> Returned<Declared> for Declared {
    fn into_declared(self) -> Self {
        self
    }
}

/// What a constructor returns for which nothing is declared: the resource.
#[diagnostic::on_unimplemented(
    message = "the constructor returns `{Self}`, but no return type is declared, which means `{Resource}`",
    label = "returns `{Self}`",
    note = "if it can fail, declare its return type after the arguments: `-> Result<Self, Error>`",
    note = "if it returns a future, write `async` in front of it"
)]
pub trait Infallibly<Resource> {
    /// The resource.
    fn into_result(self) -> Result<Resource, Infallible>;
}

#[diagnostic::do_not_recommend]
impl<Resource> Infallibly<Resource> for Resource {
    fn into_result(self) -> Result<Self, Infallible> {
        Ok(self)
    }
}

/// What a health check returns: whether the resource passed, with the error type of the constructor.
#[diagnostic::on_unimplemented(
    message = "`recycle` returns `{Self}`, but must return `Result<(), {Error}>`",
    label = "returns `{Self}`",
    note = "its error type is that of `create`; if it returns a future, write `async` in front of the path",
    note = "a quick check that returns `bool` is `reusable`"
)]
pub trait Checked<Error> {
    /// Whether the resource passed.
    fn into_result(self) -> Result<(), Error>;
}

#[diagnostic::do_not_recommend]
impl<Error> Checked<Error> for Result<(), Error> {
    fn into_result(self) -> Self {
        self
    }
}

/// What a reset returns: nothing, or a `Result` with the error type of the constructor.
#[diagnostic::on_unimplemented(
    message = "`reset` returns `{Self}`, but must return `Result<(), {Error}>`, or nothing",
    label = "returns `{Self}`",
    note = "its error type is that of `create`",
    note = "if it returns a future, write `async` in front: `reset = async Self::roll_back`, or `#[reset] \
            async fn`"
)]
pub trait Reset<Error>: Sized {
    /// The outcome.
    fn into_result(self) -> Result<(), Error>;

    /// The outcome of what was called and not awaited.
    fn at_once(self) -> AtOnce<Self, Error> {
        AtOnce { outcome: self, error: PhantomData }
    }
}

#[diagnostic::do_not_recommend]
impl<Error> Reset<Error> for () {
    fn into_result(self) -> Result<(), Error> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<Error> Reset<Error> for Result<(), Error> {
    fn into_result(self) -> Self {
        self
    }
}

/// Is ready at once with the outcome of a reset, and zero-sized if that is `()`.
///
/// It is a future, whatever was returned: so a wrong type is reported once, by [`Reset`].
#[derive(Debug)]
pub struct AtOnce<Outcome, Error> {
    outcome: Outcome,
    error: PhantomData<fn() -> Error>,
}

impl<Outcome, Error> Unpin for AtOnce<Outcome, Error> {}

impl<Outcome: 'static, Error: 'static> Future for AtOnce<Outcome, Error> {
    type Output = Result<(), Error>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome: &mut dyn Any = &mut self.outcome;
        let result = outcome.downcast_mut::<Result<(), Error>>();
        Poll::Ready(result.map_or(Ok(()), |result| mem::replace(result, Ok(()))))
    }
}

/// What a close returns: nothing, as no caller can receive an error.
#[diagnostic::on_unimplemented(
    message = "`close` returns `{Self}`, but must return nothing",
    label = "returns `{Self}`",
    note = "no caller can receive an error of `close`: handle it inside, or ignore it on purpose, \
            `close = |connection| {{ connection.quit().ok(); }}`",
    note = "if it returns a future, write `async` in front: `close = async Self::quit`, or `#[close] async fn`"
)]
pub trait Closed: Sized {
    /// The future of a close that was called and not awaited.
    fn at_once(self) -> Immediate<()> {
        Immediate::new()
    }

    /// Nothing: the close has been awaited.
    fn ended(self) {}
}

#[diagnostic::do_not_recommend]
impl Closed for () {}

/// What the quick check returns: `bool`.
#[diagnostic::on_unimplemented(
    message = "`reusable` returns `{Self}`, but must return `bool`",
    label = "returns `{Self}`",
    note = "`reusable` runs when an item is dropped: a check that is awaited, or can fail, is a `recycle`"
)]
pub trait Answered {
    /// The answer.
    fn into_bool(self) -> bool;
}

#[diagnostic::do_not_recommend]
impl Answered for bool {
    fn into_bool(self) -> bool {
        self
    }
}

/// Compiles if `P` is pooled.
pub const fn is_pooled<P: Pooled>() {}
