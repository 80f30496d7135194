//! The guide: pages to read rather than to look things up in.
//!
//! - [Bind your own executor](executors): a whole binding, the suite that says whether it is right,
//!   and what differs from platform to platform.
//!
//! Every example on them is compiled and run with the tests. There is no code in these modules.

/// Bind your own executor: one short impl, and a suite that says whether it is right.
///
/// A pool needs a clock, a timer and a place for its own work: three methods. This is a whole binding, to
/// plain threads. It passes the suite as it stands here.
///
/// ```
#[doc = include_str!("guide/threads.rs")]
/// # use std::convert::Infallible;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let create = || async { Ok::<_, Infallible>(Vec::<u8>::new()) };
/// # let pool = pool_core::Pool::<_, Threads>::from_fn(create).max_size(1).build()?;
/// # let held = pollster::block_on(pool.get())?;
/// # assert!(pollster::block_on(pool.get_timeout(Duration::from_millis(1))).is_err());
/// # thread::spawn(move || drop(held));
/// # pollster::block_on(pool.get())?;
/// # Ok(())
/// # }
/// ```
///
#[doc = include_str!("guide/executors.md")]
pub mod executors {}
