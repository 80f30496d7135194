//! A resource pool for any executor: it limits how many of a resource exist, makes them when they
//! are needed, lends them out and takes them back.
//!
//! Most users want a binding, such as `pool-tokio`, which re-exports everything here. For another
//! executor, [the guide](guide::executors) shows how to write one, in 39 lines, and the suite that
//! says whether it is right.
//!
//! # The life of a resource
//!
//! A [`get`](Pool::get) that finds nothing idle joins the queue. If there is room, the oldest
//! waiter receives a *permit* and drives a *create* ([`Pooled::create`]); what comes of it, and
//! every resource that is returned meanwhile, goes to the oldest waiter, whoever drove the create.
//! The waiter is lent the resource as an [`Item`]. Dropping the item returns it: to the oldest
//! waiter, or to the idle ones. Before it is lent again it may be checked ([`Pooled::recycle`]). A
//! resource that is unfit, or surplus after a [`resize`](Pool::resize), ends, and when it is gone its
//! slot is room to create the next. On its way back it may be [`reset`](Pooled::reset), on its way
//! out it may say goodbye ([`Pooled::close`]).
//!
//! # What can be relied on
//!
//! - **Exact**: never more than `max_size` resources exist, those being made and ended included.
//! - **Fair**: gets are served in the order in which they came, and never wait beside an idle
//!   resource or beside room to create one.
//! - **Nothing leaks**: a get or create that is dropped, fails, hangs or panics gives its slot back.
//! - **No deadlock**: no code of yours runs under the pool's lock, `Drop` included, so that it may
//!   call the pool.
//! - **Items go home from anywhere**: on any thread, with or without an executor, after shutdown.
//!
//! # Examples
//!
//! Without a runtime: whatever can poll a future will do, and [`Runtime`] is three short methods.
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
//! buffer.0.extend(b"lent");
//! assert_eq!(pool.status().in_use, 1);
//! drop(buffer);
//! assert_eq!(pool.status().idle, 1);
//! # Ok(())
//! # }
//! ```

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
