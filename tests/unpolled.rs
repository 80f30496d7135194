//! Laws G1 to G4: a get, fill, settled or close that nobody polls any more stops nothing.
//!
//! A future is *kept* here when it was polled and is not polled again, for a while or for ever.
//! Each case is played on both of tokio's schedulers; on one thread the clock is paused, and what is
//! measured is exact. `unpolled/get.rs` has one kept get in each situation, `unpolled/ways.rs` the
//! ways to keep one, `unpolled/states.rs` all situations beside all that is done to a pool,
//! `unpolled/ending.rs` what waits for the pool itself, `unpolled/checks.rs` checks, `unpolled/panics.rs`
//! panics of what goes on in the executor, `unpolled/runtimes.rs` runtimes that end or rest,
//! `unpolled/alone.rs` no runtime, and `unpolled/threads.rs` plain threads.

#[path = "unpolled/alone.rs"]
mod alone;
#[path = "unpolled/checks.rs"]
mod checks;
#[path = "unpolled/ending.rs"]
mod ending;
#[path = "unpolled/get.rs"]
mod get;
#[path = "unpolled/panics.rs"]
mod panics;
#[path = "unpolled/runtimes.rs"]
mod runtimes;
#[path = "unpolled/scene.rs"]
mod scene;
#[path = "unpolled/states.rs"]
mod states;
#[path = "unpolled/threads.rs"]
mod threads;
#[path = "unpolled/ways.rs"]
mod ways;
