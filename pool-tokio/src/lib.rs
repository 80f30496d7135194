//! A resource pool for tokio: connections, clients, buffers or permits, shared among thousands of
//! tasks.
//!
//! It limits how many resources exist, creates them on demand, lends them out (checks them out) and takes
//! them back. It is fair: first in, first out, without barging; the oldest waiter takes whatever comes
//! first, a returned resource or a new one. It can't lose capacity, whatever is cancelled, fails, hangs or
//! panics. And nobody waits for a future that nobody polls ([futurelock](guide::unpolled)).
//!
//! This crate is all you need: it re-exports [`pool_core`], whose page tells the life of a resource and
//! explains the words. The [guide] tells how to run a pool in production, how to test code that uses one,
//! and what other pools' calls are called here.
//!
//! # Examples
//!
//! ```sh
//! cargo add pool-tokio
//! cargo add tokio --features macros,net,rt-multi-thread   # what the first example needs
//! ```
//!
//! A connection, with a health check before it is lent again:
//!
//! ```
//! use std::io;
//! use std::net::SocketAddr;
//! use pool_tokio::{Pool, Pooled};
//! use tokio::net::TcpStream;
//!
//! #[derive(Pooled)]
//! #[pooled(create = async Self::connect(&SocketAddr) -> io::Result<Self>, recycle = Self::check)]
//! struct Connection(TcpStream);
//!
//! impl Connection {
//!     async fn connect(address: &SocketAddr) -> io::Result<Self> {
//!         TcpStream::connect(address).await.map(Self)
//!     }
//!
//!     fn check(&mut self) -> io::Result<()> {
//!         match self.0.try_read(&mut [0]) {
//!             Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()), // open, and silent
//!             Err(error) => Err(error),
//!             Ok(0) => Err(io::ErrorKind::ConnectionAborted.into()),
//!             Ok(_) => Err(io::ErrorKind::InvalidData.into()), // the rest of an answer
//!         }
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let address = server.local_addr()?;
//! let pool = Pool::<Connection>::builder(address).max_size(8).build()?;
//! let connection = pool.get().await?; // first in, first out
//! connection.0.writable().await?;
//! connection.0.try_write(b"PING\r\n")?;
//! drop(connection); // returns it to the pool
//! println!("{}", pool.status()); // size 1 of 8: 1 idle, 0 in use, 0 creating, 0 closing; 0 waiting
//! # drop(pool.get().await?);
//! # assert_eq!((pool.counters().created, pool.counters().ended), (1, 0));
//! # drop(server.accept().await?);
//! # while pool.counters().ended == 0 { drop(pool.get().await); tokio::task::yield_now().await; }
//! # Ok(())
//! # }
//! ```
//!
//! A get waits for its turn, for 30 seconds unless set otherwise. Then it fails, and says why:
//!
//! ```
//! # use std::convert::Infallible;
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use pool_tokio::{GetError, Pool};
//! use std::time::Duration;
//! # let connect = async || Ok::<_, Infallible>("connection");
//!
//! let pool = Pool::from_fn(connect).max_size(1).get_timeout(Duration::from_secs(3)).build()?;
//! let kept = pool.get().await?;
//! match pool.get().await {
//!     Ok(connection) => println!("{}", *connection),
//!     // nothing was returned in time: what the get was waiting for, and how the pool stood
//!     Err(GetError::TimedOut(timed_out)) => eprintln!("{timed_out}"),
//!     // the backend can't be reached, and this is why
//!     Err(GetError::Create(cause)) => eprintln!("no connection: {cause}"),
//!     Err(error) => eprintln!("{error}"),
//! }
//! # drop(kept);
//! # assert_eq!(pool.counters().timed_out, 1);
//! # Ok(())
//! # }
//! ```
//!
//! Resources of another crate, without a type of your own:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use pool_tokio::Pool;
//! use tokio::net::UdpSocket;
//!
//! let pool = Pool::from_fn(|| UdpSocket::bind("127.0.0.1:0")).max_size(8).build()?;
//! let socket = pool.get().await?;
//! # drop(socket);
//! # Ok(())
//! # }
//! ```
//!
//! Only so many tasks at the same time, as with a semaphore:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use pool_tokio::TokenPool;
//!
//! let pool = TokenPool::new(4);
//! let token = pool.get().await?; // at most four hold one
//! drop(token);
//! # Ok(())
//! # }
//! ```
//!
//! # What it asks of the runtime
//!
//! A get that is served at once takes a unit of tokio's cooperative budget (and reads the clock, if there
//! is an observer or `track_holders`): it works on a runtime without a timer, and without a runtime. A get
//! that has to wait under a timeout sets a timer. Items may be dropped on any thread, with or without a
//! runtime, and after its shutdown.
//!
//! What the pool does not finish at once (a connect, a health check, a reset) goes on in the runtime in which
//! it was built, while that lives, and else in the caller's. So build it in the runtime that lives:
//! [more on that](guide::unpolled#in-which-runtime-the-pool-works).
//!
//! # Crate features
//!
//! Without any, the pool brings `tokio` with its features `rt` and `time`, `parking_lot`, `slab` and
//! `pin-project-lite`: with what these depend on, eleven crates.
//!
//! - **`derive`** (on by default): `#[derive(Pooled)]` and `#[pooled]`. Brings five crates, for the
//!   compiler alone: `pool-derive`, `syn`, `quote`, `proc-macro2` and `unicode-ident`. Without it, [`Pooled`]
//!   is implemented by hand.
//! - **`metrics`**: `Metrics`, an observer that measures for the recorders of the `metrics` crate, with
//!   OpenTelemetry's names. Brings three crates: `metrics`, `rapidhash` and `rustversion`.
//! - **`tracing`**: `Tracing`, an observer that makes spans and events for the subscribers of the
//!   `tracing` crate. Brings three crates: `tracing`, `tracing-core` and `once_cell`.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod guide;
#[cfg(any(feature = "metrics", feature = "tracing"))]
mod labels;
#[cfg(feature = "metrics")]
mod metrics;
mod runtime;
#[cfg(feature = "tracing")]
mod tracing;

pub use pool_core::{
    Backoff, BlockingError, BuildError, Builder, Constructor, Counters, DiscardReason, Event,
    FillError, FromFn, GetError, GetOutcome, Holder, Immediate, InsertError, Item, Observer,
    Operation, Order, Outcome, Phase, RecyclePolicy, Runtime, Settings, Sleep, Span, Status, Task,
    TimedOut, Token, TryGetError, Usage,
};

#[doc(hidden)]
pub use pool_core::derived;
// By this path it is the trait alone: `pool_core::Pooled` may be a derive, too.
pub use pool_core::derived::Pooled;
#[cfg(feature = "derive")]
pub use pool_derive::{Pooled, pooled};

#[cfg(feature = "metrics")]
pub use crate::metrics::Metrics;
pub use crate::runtime::{Tokio, unblock};
#[cfg(feature = "tracing")]
pub use crate::tracing::Tracing;

/// A pool of resources on tokio, shared by cloning.
///
/// Its methods are those of [`pool_core::Pool`], whose page has a table from what one wants to the method:
///
/// - Building: [`builder`](#method.builder), [`from_fn`](#method.from_fn); then the settings of [`Builder`].
/// - Getting (checking out) and returning: [`get`](#method.get), [`get_timeout`](#method.get_timeout),
///   [`get_owned`](#method.get_owned), [`get_blocking`](#method.get_blocking), [`try_get`](#method.try_get),
///   [`put`](#method.put), [`insert`](#method.insert).
/// - Size and settings: [`resize`](#method.resize), [`settled`](#method.settled), [`fill`](#method.fill),
///   [`reconfigure`](#method.reconfigure), [`suspend`](#method.suspend), [`resume`](#method.resume).
/// - Ending and replacing (graceful shutdown, soft eviction, credential rotation): [`close`](#method.close),
///   [`close_within`](#method.close_within), [`closed`](#method.closed),
///   [`invalidate_all`](#method.invalidate_all), [`replace_config`](#method.replace_config),
///   [`retain`](#method.retain), [`downgrade`](#method.downgrade).
/// - Looking (statistics, leak detection): [`status`](#method.status), [`counters`](#method.counters),
///   [`free`](#method.free), [`waiting`](#method.waiting), [`holders`](#method.holders),
///   [`settings`](#method.settings), [`name`](#method.name), [`is_closed`](#method.is_closed),
///   [`is_suspended`](#method.is_suspended).
// The search box knows no method of a type of another crate: these are what it finds.
#[doc(alias("acquire", "checkout", "get", "get_timeout", "get_owned", "get_blocking", "try_get"))]
#[doc(alias("put", "insert", "resize", "settled", "fill", "reconfigure", "suspend", "resume"))]
#[doc(alias("close", "close_within", "closed", "invalidate_all", "replace_config", "retain"))]
#[doc(alias("downgrade", "status", "counters", "free", "holders", "from_fn"))]
pub type Pool<P> = pool_core::Pool<P, Tokio>;

/// A pool of rights to do something, to limit how many tasks do it at the same time, like a semaphore.
pub type TokenPool = pool_core::TokenPool<Tokio>;

/// A handle to a [`Pool`] that does not keep it open.
pub type WeakPool<P> = pool_core::WeakPool<P, Tokio>;
