//! `#[derive(Pooled)]`: how a resource is made, checked and ended, declared where the resource is.
//!
//! Use it through `pool-tokio`, or through `pool-core` with its feature `derive`; both re-export it as
//! [`Pooled`] and [`pooled`]. [What the compiler tells you](#what-the-compiler-tells-you), mistake by
//! mistake, is below.
//!
//! # How it works
//!
//! Either annotation is read into one `Declaration` (`ast`): the options above a type by `attr`, which
//! has `value` and `closure` read what is behind a `=`; the marked functions of an impl block by
//! `marked`. `valid` tells what is wrong with it and `expand` writes the impl. Mistakes are collected
//! (`mistakes`) and told all at once; an impl is written all the same, so that the rest of the user's
//! crate hears nothing of them.
//!
//! What the tokens don't tell, such as whether a function is `async`, the compiler does: the impl
//! passes what the user's functions return through the traits of `pool_core::derived`, whose messages
//! say what to write.
//!
//! A `Socket` that is declared by
//!
#![doc = concat!("```text\n", include_str!("snapshot/declared.rs"), "```\n")]
//! gets this impl, as a test sees to:
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

/// Declares how a resource is made, checked and ended.
///
/// Emits an `impl Pooled` with `type Resource = Self`, made of the options in `#[pooled(..)]`. Without
/// that annotation it emits no impl: it then says that the constructor is marked in an impl block, by
/// [`macro@pooled`], and checks that it is.
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
/// | [`recycle`](#recycle) | `[async] path`, or a closure | every resource is fit |
/// | [`reset`](#reset) | `[async] path`, or a closure | every resource is as good as new |
/// | [`reusable`](#reusable) | `path`, or a closure | every resource is reusable |
/// | [`close`](#close) | `[async] path`, or a closure | the resource is dropped |
/// | [`crate`](#crate) | `path` | the library that the derive is imported from |
///
/// They are separated by commas, each is given once, and several `#[pooled(..)]` add up. A path may be
/// that of any function: `Self::connect`, `connect`, `other::connect::<Tls>`.
///
/// ## `create`
///
/// The constructor, with its signature. It runs in a get that finds nothing idle while there is room.
/// If it fails, so does the get, unless a returned resource can serve it.
///
/// - The argument is the config's type by reference: `&Config` declares `type Config = Config`. No
///   argument, `Self::new()`, declares `type Config = ()`.
/// - Behind `->` stands what the constructor returns: `Self`, or any alias of `Result<Self, E>`, which
///   declares `type Error = E`. Without `->` it returns `Self` and can't fail: `type Error = Infallible`.
/// - `async` in front means that the call is awaited; what is declared is then what the future gives.
///
/// A closure declares the same by its own signature, in which the argument's type is written:
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
/// The check of a resource that was used before. It runs in the get that is to have the resource, is
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
/// What makes a returned resource as good as new: rolls back, clears, unsubscribes. It runs when the item
/// is dropped, if the resource is `reusable`, and what does not end at once is left to the executor, for
/// at most the pool's `reset_timeout`; until it has ended, nobody is lent the resource. It is called with
/// `&mut Self` and returns `Result<(), E>` with the constructor's `E`, or nothing if it can't fail. If it
/// fails, the resource is closed, and nobody is told of the error.
///
/// Without `async`, it is over before the drop of the item is; one that returns nothing costs no
/// allocation, either.
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
/// The question whether a returned resource may be lent again. It is asked when the item is dropped, so
/// that it can't be awaited and should be quick; it is called with `&mut Self`, which a method with
/// `&self` takes as well, and returns `bool`. If it is `false`, the resource is closed.
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
/// The end of a resource that leaves the pool, whatever the reason: it failed a check or a reset, is not
/// reusable, is surplus, or the pool is closed. What does not end at once is left to the executor, for at
/// most the pool's `close_timeout`; until it has ended, the resource counts in the pool's size. It is
/// called with `Self` and returns nothing: nobody is there to be told of an error, so that a `Result` is
/// refused. Handle it inside, or say that it does not matter, as by `.ok()`.
///
/// Without `async`, it is over when it has been called and costs no allocation. Not every resource gets
/// its goodbye: it is just dropped where no executor runs, or its close is cut short. What must not be
/// left out belongs in its `Drop`.
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
/// Where the library is, if not under its own name: renamed, or re-exported by another crate.
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
/// The impl has the type's parameters and bounds, and each parameter has to be `Send + 'static`; a
/// lifetime has to be `'static`. Where other bounds are needed, use [`macro@pooled`], which takes those
/// of the impl block.
///
/// # Mistakes
///
/// All that a declaration has of them are told in one compile, each where it is, with what to write
/// instead: see [what the compiler tells you](crate#what-the-compiler-tells-you).
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

/// Marks the functions of an impl block that make, check and end a resource.
///
/// Emits an `impl Pooled` as [`derive@Pooled`] does, but nothing is written twice: `Config` and `Error`
/// come from the signatures of the marked functions, parameters and bounds from the impl block.
///
/// - `#[create]` marks the constructor: `[async] fn(&Config) -> Type`, see
///   [`create`](derive@Pooled#create). It has to be there.
/// - `#[recycle]` marks the check: `[async] fn(&mut self) -> Result<(), E>`, see
///   [`recycle`](derive@Pooled#recycle).
/// - `#[reset]` marks what makes it as good as new: `[async] fn(&mut self) -> Result<(), E>`, or without a
///   return type, see [`reset`](derive@Pooled#reset).
/// - `#[reusable]` marks the question: `fn(&self) -> bool` or `fn(&mut self) -> bool`, see
///   [`reusable`](derive@Pooled#reusable).
/// - `#[close]` marks the end: `[async] fn(self)`, see [`close`](derive@Pooled#close).
///
/// A `#[cfg]` on a marked function holds for what is generated of it, too; one on the constructor, for
/// the impl. A constructor for each platform has an impl block for each, with the `#[cfg]` on that.
/// `#[pooled(crate = path)]` says [where the library is](derive@Pooled#crate). A bare
/// `#[derive(Pooled)]` on the type is welcome, as it tells the reader of the type; it is not needed.
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
