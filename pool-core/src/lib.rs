//! A resource pool for any executor: it limits how many of a resource exist, creates them on demand,
//! lends them out (checks them out) and takes them back.
//!
//! Most users want a binding, such as `pool-tokio`, which re-exports everything here. For another
//! executor, [the guide](guide::executors) shows how to write one, in 39 lines, and the suite that
//! tests it.
//!
//! # The life of a resource
//!
//! - **Created.** A [`get`](Pool::get) that finds nothing idle joins the queue. If there is room, the
//!   oldest waiter receives a *create permit* and begins one *create* ([`Pooled::create`]), which goes on
//!   in the executor. The created resource, and each one that is returned meanwhile, goes to the oldest
//!   waiter, whoever began the create.
//! - **In use.** The waiter is lent the resource as an [`Item`].
//! - **Returned.** Dropping the item returns the resource: to the oldest waiter or, if nobody waits, to
//!   the idle ones. It may be [`reset`](Pooled::reset) on its way back. Before it is lent again, it may
//!   have to pass a health check ([`Pooled::recycle`]).
//! - **Gone.** The pool evicts a resource that failed its health check, is too old, has been idle for too
//!   long, is one too many after a [`resize`](Pool::resize), or was [invalidated](Pool::invalidate_all).
//!   Its holder may [discard](Item::discard) it, or [detach](Item::detach) it and keep it. What is evicted
//!   or discarded may say goodbye ([`Pooled::close`]); when it is gone, its *slot* is room to create the
//!   next.
//!
//! # What can be relied on
//!
//! - **Exact**: never more than `max_size` resources exist, those being created and closed included.
//! - **Fair**: gets are served first in, first out, without barging. None waits while a resource is idle
//!   or while there is room to create one.
//! - **Nothing leaks**: a get or create that is cancelled, fails, hangs or panics gives its slot back.
//! - **Nobody waits for a future that nobody polls**: creates, health checks and timeouts go on in the
//!   executor, and what a get was given and does not fetch goes to the next.
//! - **No deadlock**: no code of yours runs under the pool's lock, `Drop` included, so that it may
//!   call the pool.
//! - **Items can be returned from anywhere**: on any thread, with or without an executor, after
//!   shutdown.
//!
//! # Examples
//!
//! Without an async runtime: anything that can poll a future will do, and [`Runtime`] is three short
//! methods.
//!
//! ```
//! use std::{convert::Infallible, future::pending, thread, time::{Duration, Instant}};
//! use pool_core::{Pool, Pooled, Runtime, Sleep, Task};
//!
//! #[derive(Default)]
//! struct NoExecutor;
//!
//! impl Runtime for NoExecutor {
//!     fn now(&self) -> Instant { Instant::now() }
//!     fn sleep(&self, _: Duration) -> Sleep { Box::pin(pending()) } // no timeouts, then
//!     fn spawn(&self, task: Task) { thread::spawn(|| pollster::block_on(task)); }
//! }
//!
//! struct Buffer(Vec<u8>);
//!
//! impl Pooled for Buffer {
//!     type Resource = Self;
//!     type Config = usize;
//!     type Error = Infallible;
//!
//!     async fn create(capacity: &usize) -> Result<Self, Infallible> {
//!         Ok(Self(Vec::with_capacity(*capacity)))
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let pool = Pool::<Buffer, NoExecutor>::builder(4096).max_size(2).build()?;
//! let mut buffer = pollster::block_on(pool.get())?;
//! buffer.0.extend(b"in use");
//! assert_eq!(pool.status().in_use, 1);
//! drop(buffer);
//! assert_eq!(pool.status().idle, 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Crate features
//!
//! - **`derive`**: `#[derive(Pooled)]` and `#[pooled]`. Brings five crates, for the compiler alone:
//!   `pool-derive`, `syn`, `quote`, `proc-macro2` and `unicode-ident`.
//! - **`testing`**: `pool_core::testing`, the suite that tests a binding to an executor. Brings none.
//!
//! # Words
//!
//! | here | elsewhere |
//! |---|---|
//! | a resource is *lent* to its *holder*, as an [`Item`] | checked out, acquired; in use |
//! | it is *returned* | checked in, released |
//! | a *get*, and while it waits a *waiter* | a checkout; a pending request |
//! | *nobody overtakes* | FIFO, fair, no barging |
//! | a *slot* | a place in the pool, one of `max_size` |
//! | *room* | free capacity, to create in |
//! | a *create*, and the *create permit* for it | a connection attempt, and the right to make it |
//! | *put aside*: a future that is kept and not polled | a futurelock, if others wait for it |
//! | `recycle`, the *check* | health check, validation, test on borrow |
//! | *unfit* | failed its health check |
//! | `is_reusable` | the opposite of `has_broken` |
//! | *evicted*; *discarded*; *closed* | removed by the pool; by its holder; its asynchronous farewell |
//! | *under way* | in progress, in flight |
//! | an *outage* | the time during which creates fail |
//! | a *law* | an invariant |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod counters;
#[doc(hidden)]
pub mod derived;
mod error;
mod event;
pub mod guide;
#[cfg(all(test, any(loom, shuttle)))]
mod models;
mod observer;
mod panics;
mod pool;
mod pooled;
mod runtime;
mod settings;
mod shell;
mod state;
mod status;
#[cfg(feature = "testing")]
pub mod testing;
mod usage;

pub use crate::counters::Counters;
pub use crate::error::{
    BlockingError, BuildError, FillError, GetError, InsertError, Phase, TimedOut, TryGetError,
};
pub use crate::event::{DiscardReason, Event, GetOutcome, Operation, Outcome};
pub use crate::observer::{Observer, Span};
pub use crate::pool::builder::Builder;
pub use crate::pool::weak::WeakPool;
pub use crate::pool::{Pool, TokenPool};
pub use crate::pooled::{Constructor, FromFn, Immediate, Pooled, Token};
pub use crate::runtime::{Runtime, Sleep, Task};
pub use crate::settings::{Backoff, Order, RecyclePolicy, Settings};
pub use crate::shell::holders::Holder;
pub use crate::shell::item::Item;
#[cfg(all(fuzzing, not(test)))]
#[doc(hidden)]
pub use crate::state::tests::fuzz::fuzz;
pub use crate::status::Status;
pub use crate::usage::Usage;
#[cfg(feature = "derive")]
pub use pool_derive::{PooledCore as Pooled, pooled_core as pooled};
