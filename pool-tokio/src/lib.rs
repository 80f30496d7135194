//! A resource pool for tokio: connections, clients, buffers or permits, shared among thousands of
//! tasks.
//!
//! It limits how many resources exist, makes them when they are needed, lends them out and takes
//! them back: first come, first served, by whatever comes first, a returned resource or a new one.
//! Capacity cannot be lost, whatever is cancelled, fails, hangs or panics.
//!
//! This crate is all you need: it re-exports `pool-core`. The [guide] tells how to run it in
//! production, how to test code that uses it, and what other pools' calls are called here.
//!
//! # Examples
//!
//! ```sh
//! cargo add pool-tokio
//! cargo add tokio --features macros,net,rt-multi-thread   # what the first example needs
//! ```
//!
//! ```
//! use std::io;
//! use std::net::SocketAddr;
//! use pool_tokio::{Pool, Pooled};
//! use tokio::net::UdpSocket;
//!
//! #[derive(Pooled)]
//! #[pooled(create = async Self::open(&SocketAddr) -> io::Result<Self>, recycle = Self::check)]
//! struct Socket(UdpSocket);
//!
//! impl Socket {
//!     async fn open(address: &SocketAddr) -> io::Result<Self> {
//!         UdpSocket::bind(address).await.map(Self)
//!     }
//!
//!     fn check(&mut self) -> io::Result<()> {
//!         self.0.take_error()?.map_or(Ok(()), Err)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let pool = Pool::<Socket>::builder("127.0.0.1:0".parse()?).max_size(8).build()?;
//! let socket = pool.get().await?;
//! println!("{} is lent; {}", socket.0.local_addr()?, pool.status());
//! # Ok(())
//! # }
//! ```
//!
//! A get waits for its turn, for 30 seconds unless told otherwise, and then says why it was not served:
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
//!     // nobody returned one in time: where the get stood, and how the pool did
//!     Err(GetError::TimedOut(timed_out)) => eprintln!("{timed_out}"),
//!     // the backend can't be reached, and this is what it said
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
//! Only so many tasks at the same time:
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
//! A get that is served at once asks nothing but a unit of tokio's cooperative budget (and the time,
//! where an observer or `track_holders` wants it): it works on a runtime without a timer, and on none.
//! A get that has to wait under a timeout sets a timer. Items may be dropped on any thread, with or
//! without a runtime, and after its shutdown.
//!
//! # Features
//!
//! | feature | default | |
//! |---|---|---|
//! | `derive` | yes | `#[derive(Pooled)]` and `#[pooled]` |
//! | `metrics` | no | `Metrics`, which measures for the recorders of the `metrics` crate |
//! | `tracing` | no | `Tracing`, which makes spans and events for the subscribers of the `tracing` crate |

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

/// A pool of resources on tokio, shared by cloning. Its methods are [`pool_core::Pool`]'s.
pub type Pool<P> = pool_core::Pool<P, Tokio>;

/// A pool of rights to do something, to limit how many tasks do it at the same time.
pub type TokenPool = pool_core::TokenPool<Tokio>;

/// A handle to a [`Pool`] that does not keep it open.
pub type WeakPool<P> = pool_core::WeakPool<P, Tokio>;
