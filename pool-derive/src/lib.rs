//! `#[derive(Pooled)]`: how a resource is made, checked, reset and closed, declared where the resource is.
//!
//! Use it through `pool-tokio`, or through `pool-core` with its feature `derive`; both re-export it as
//! [`Pooled`] and [`pooled`]. [Compiler errors explained](#compiler-errors-explained), one by one, is
//! below.
//!
//! # How it works
//!
//! Either annotation is read into one `Declaration` (`ast`). `attr` reads the options above a type, and
//! leaves what follows a `=` to `value` and `closure`; `marked` reads the marked functions of an impl
//! block. `valid` finds what is wrong with the declaration, and `expand` writes the impl. `mistakes`
//! collects all mistakes and reports them in one compile; an impl is written all the same, so that they
//! cause no further errors in the user's crate. `tokens` knows where an option ends.
//!
//! Tokens have no types: they don't say whether a function is `async`, for instance. The compiler knows.
//! So the impl passes what the user's functions return through the traits of `pool_core::derived`, whose
//! messages say what to write.
//!
//! This declaration of a `Socket`
//!
#![doc = concat!("```text\n", include_str!("snapshot/declared.rs"), "```\n")]
//! stands for this impl, as a test checks:
//!
#![doc = concat!("```text\n", include_str!("snapshot/generated.rs"), "```\n")]
#![doc = include_str!("../COMPILER_MESSAGES.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod ast;
mod attr;
mod closure;
mod entry;
mod expand;
mod marked;
mod mistakes;
mod nearest;
#[cfg(test)]
mod snapshot;
mod tokens;
mod valid;
mod value;

use proc_macro::TokenStream;

/// Declares how a resource is made, checked, reset and closed.
///
/// Emits an `impl Pooled` with `type Resource = Self`, made of the options in `#[pooled(..)]`. Without
/// that annotation it emits no impl. The constructor is then marked in an impl block, by
/// [`macro@pooled`]; the derive checks that it is.
///
/// ```
/// use std::io;
/// use pool_tokio::{Pool, Pooled};
///
/// #[derive(Pooled)]
/// #[pooled(create = async Self::connect(&Config) -> io::Result<Self>, recycle = async Self::ping,
///          reusable = Self::is_open, close = async Self::quit)]
/// struct Connection {
///     // ..
/// }
///
/// struct Config {
///     // ..
/// }
///
/// impl Connection {
///     async fn connect(config: &Config) -> io::Result<Self> {
///         // ..
/// #       Ok(Self {})
///     }
///
///     async fn ping(&mut self) -> io::Result<()> {
///         // ..
/// #       Ok(())
///     }
///
///     fn is_open(&self) -> bool {
///         // ..
/// #       true
///     }
///
///     async fn quit(self) {
///         // ..
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = Pool::<Connection>::builder(Config {}).max_size(8).build()?;
/// # Ok(())
/// # }
/// ```
///
/// # Options
///
/// | option | value | default |
/// |---|---|---|
/// | [`create`](#create) | `[async] path(&Config) [-> Type]`, or a closure | none: it must be given |
/// | [`recycle`](#recycle) | `[async] path`, or a closure | every resource passes |
/// | [`reset`](#reset) | `[async] path`, or a closure | a resource is reused as it was returned |
/// | [`reusable`](#reusable) | `path`, or a closure | every resource passes |
/// | [`close`](#close) | `[async] path`, or a closure | the resource is dropped |
/// | [`crate`](#crate) | `path` | the library that the derive is imported from |
///
/// Options are separated by commas. Each is given once; several `#[pooled(..)]` add up. A path names any
/// function: `Self::connect`, `connect`, `other::connect::<Tls>`.
///
/// ## `create`
///
/// The constructor, with its signature. A *create* is one run of it, in a get that finds nothing idle
/// while there is room (free capacity). If it fails, so does the get, unless a returned resource can
/// serve it.
///
/// - The argument is the config's type by reference: `&Config` declares `type Config = Config`. No
///   argument, `Self::new()`, declares `type Config = ()`.
/// - The type after `->` is what the constructor returns once awaited: `Self`, or any alias of
///   `Result<Self, E>`, which declares `type Error = E`. Without `->` it returns `Self` and can't fail:
///   `type Error = Infallible`.
/// - `async` in front means that the call is awaited. The declared type is then the future's output.
///
/// A closure declares the same by its own signature. It has to name the argument's type:
///
/// ```
/// # use pool_tokio::Pooled;
/// struct Config {
///     capacity: usize,
/// }
///
/// #[derive(Pooled)]
/// #[pooled(create = |config: &Config| Self(Vec::with_capacity(config.capacity)))]
/// struct Buffer(Vec<u8>);
///
/// #[derive(Pooled)]
/// #[pooled(create = async |_: &Config| -> Result<Self, String> { Ok(Self) })]
/// struct Connection;
/// ```
///
/// ## `recycle`
///
/// The health check: whether a used resource may be lent again (checked out). It runs in the get that
/// takes the resource, unless the pool's `recycle_policy` skips it, for at most `recycle_timeout`. It is
/// called with `&mut Self` and returns `Result<(), E>` with the constructor's `E`. If it fails, the
/// resource is closed and the get goes on, first in the queue.
///
/// ```
/// # use pool_tokio::Pooled;
/// #[derive(Pooled)]
/// #[pooled(create = || Self(Vec::new()), recycle = |buffer| { buffer.0.clear(); Ok(()) })]
/// struct Buffer(Vec<u8>);
/// ```
///
/// ## `reset`
///
/// The clean-up of a returned resource: rolls back, clears, unsubscribes. It runs when the item is dropped,
/// if the resource is [`reusable`](#reusable). A reset that is not done immediately goes on in the
/// executor, for at most the pool's `reset_timeout`, and the resource is not lent before it is done. The
/// function is called with `&mut Self` and returns `Result<(), E>` with the constructor's `E`, or nothing if
/// it can't fail. If it fails, the resource is closed, and no caller receives the error.
///
/// Without `async`, the reset is done before the item's drop returns. If it returns nothing either, it costs
/// no allocation.
///
/// ```
/// # use pool_tokio::Pooled;
/// #[derive(Pooled)]
/// #[pooled(create = || Self(Vec::new()), reset = |buffer| buffer.0.clear())]
/// struct Buffer(Vec<u8>);
///
/// #[derive(Pooled)]
/// #[pooled(create = async Self::connect() -> Result<Self, String>, reset = async Self::roll_back)]
/// struct Connection;
///
/// impl Connection {
///     async fn connect() -> Result<Self, String> {
///         // ..
/// #       Ok(Self)
///     }
///
///     async fn roll_back(&mut self) -> Result<(), String> {
///         // ..
/// #       Ok(())
///     }
/// }
/// ```
///
/// ## `reusable`
///
/// The quick check: whether a returned resource may be lent again (bb8's `has_broken`, inverted). It runs
/// in the item's drop, so it can't be awaited and should be quick. It is called with `&mut Self`, which fits
/// a method with `&self` as well, and returns `bool`. If that is `false`, the resource is closed.
///
/// ```
/// # use pool_tokio::Pooled;
/// #[derive(Pooled)]
/// #[pooled(create = || Self(Vec::new()), reusable = |buffer| buffer.0.capacity() < 1 << 20)]
/// struct Buffer(Vec<u8>);
/// ```
///
/// ## `close`
///
/// The graceful close of a resource that leaves the pool, for any reason: it failed its health check or its
/// reset, is not reusable, was evicted (too old, idle too long, more than `max_size`) or discarded, or the
/// pool is closed. A close that is not done immediately goes on in the executor, for at most the pool's
/// `close_timeout`. Until it is done, the resource counts in the pool's size. The function is called with
/// `Self` and returns nothing. No caller can receive an error, so a `Result` is refused: handle it inside, or
/// ignore it on purpose, as with `.ok()`.
///
/// Without `async`, the close is done when its call returns, and costs no allocation. A graceful close is not
/// certain: without an executor, or when the close is cancelled, the resource is only dropped. What must
/// happen in any case belongs in its `Drop`.
///
/// ```
/// # use pool_tokio::Pooled;
/// use std::io::{self, Write};
/// use std::net::TcpStream;
///
/// #[derive(Pooled)]
/// #[pooled(create = Self::connect(&String) -> io::Result<Self>,
///          close = |connection| { connection.quit().ok(); })]
/// struct Connection(TcpStream);
///
/// impl Connection {
///     fn connect(address: &String) -> io::Result<Self> {
///         TcpStream::connect(address).map(Self)
///     }
///
///     fn quit(mut self) -> io::Result<()> {
///         self.0.write_all(b"QUIT\r\n")
///     }
/// }
/// ```
///
/// ## `crate`
///
/// The path of the library, if that has another name: renamed, or re-exported by another crate.
///
/// ```
/// use pool_tokio as pool;
/// use pool::Pooled;
///
/// #[derive(Pooled)]
/// #[pooled(crate = pool, create = || Self)]
/// struct Buffer;
/// ```
///
/// # Generic types
///
/// The impl has the type's parameters and bounds. Each type parameter has to be `Send + 'static`, each
/// lifetime `'static`. Where other bounds are needed, use [`macro@pooled`], which takes the bounds of the
/// impl block.
///
/// # Mistakes
///
/// All mistakes of a declaration are reported in one compile, each where it is, with what to write
/// instead: see [compiler errors explained](crate#compiler-errors-explained).
#[proc_macro_derive(Pooled, attributes(pooled))]
pub fn derive_pooled(input: TokenStream) -> TokenStream {
    entry::derive("pool_tokio", input.into()).into()
}

/// [`derive@Pooled`] for a user of `pool-core` alone, which re-exports it under that name.
#[doc(hidden)]
#[proc_macro_derive(PooledCore, attributes(pooled))]
pub fn derive_pooled_core(input: TokenStream) -> TokenStream {
    entry::derive("pool_core", input.into()).into()
}

/// Marks the functions of an impl block that make, check, reset and close a resource.
///
/// Emits an `impl Pooled` as [`derive@Pooled`] does, but nothing is written twice: `Config` and `Error`
/// come from the signatures of the marked functions, parameters and bounds from the impl block.
///
/// - `#[create]` marks the constructor: `[async] fn(&Config) -> Type`, see
///   [`create`](derive@Pooled#create). It is required.
/// - `#[recycle]` marks the health check: `[async] fn(&mut self) -> Result<(), E>`, see
///   [`recycle`](derive@Pooled#recycle).
/// - `#[reset]` marks the clean-up on return: `[async] fn(&mut self) -> Result<(), E>`, or without a return
///   type, see [`reset`](derive@Pooled#reset).
/// - `#[reusable]` marks the quick check: `fn(&self) -> bool` or `fn(&mut self) -> bool`, see
///   [`reusable`](derive@Pooled#reusable).
/// - `#[close]` marks the graceful close: `[async] fn(self)`, see [`close`](derive@Pooled#close).
///
/// A `#[cfg]` on a marked function holds for the generated method, too; one on the constructor holds for the
/// impl. For a constructor per platform, write an impl block per platform, with the `#[cfg]` on the block.
/// `#[pooled(crate = path)]` is [the path of the library](derive@Pooled#crate). A bare `#[derive(Pooled)]`
/// on the type is not needed, but it shows a reader of the type that it is pooled.
///
/// ```
/// use std::io;
/// use pool_tokio::{Pooled, pooled};
///
/// #[derive(Pooled)]
/// struct Connection<T> {
///     transport: T,
/// }
///
/// trait Transport: Send + Sized + 'static {
///     async fn open(address: &str) -> io::Result<Self>;
///     fn is_open(&self) -> bool;
///     async fn shut_down(self) -> io::Result<()>;
/// }
///
/// # struct Tcp;
/// #[pooled]
/// impl Connection<Tcp> {
///     #[create]
///     async fn connect(address: &String) -> io::Result<Self> {
///         Ok(Self { transport: Tcp::open(address).await? })
///     }
///
///     #[reusable]
///     fn is_open(&self) -> bool {
///         self.transport.is_open()
///     }
///
///     #[close]
///     async fn quit(self) {
///         self.transport.shut_down().await.ok();
///     }
/// }
/// # impl Transport for Tcp {
/// #     async fn open(_: &str) -> io::Result<Self> { Ok(Tcp) }
/// #     fn is_open(&self) -> bool { true }
/// #     async fn shut_down(self) -> io::Result<()> { Ok(()) }
/// # }
/// ```
#[proc_macro_attribute]
pub fn pooled(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::attribute("pool_tokio", arguments.into(), &item.into()).into()
}

/// [`macro@pooled`] for a user of `pool-core` alone, which re-exports it under that name.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn pooled_core(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::attribute("pool_core", arguments.into(), &item.into()).into()
}
