//! The shell under model checkers: what threads may do to one another between two critical
//! sections.
//!
//! What happens in a critical section is the state machine's affair, and proven there. Here it is
//! the order of them, and what the shell does in between: registering, waking, handing over,
//! leaving. loom tries every order that differs with at most three preemptions of two or three
//! threads; shuttle tries many at random, and the storms of eight threads that only it can bear:
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p pool-core --lib --release models
//! RUSTFLAGS="--cfg shuttle" cargo test -p pool-core --lib --release models
//! ```
//!
//! No timeout ever ends, so whoever is stranded stays so: a deadlock, which both report. Each model
//! ends with [`Lab::ends_whole`], which takes all that the pool should be able to lend.
//!
//! `LOOM_MAX_PREEMPTIONS` asks more of loom, `POOL_SCHEDULES` (in all; 100,000) of shuttle.

mod checker;
mod creating;
mod ending;
mod getting;
mod lab;
#[cfg(shuttle)]
mod storm;
