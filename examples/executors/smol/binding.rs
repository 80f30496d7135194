//! The pool on smol.

use std::time::{Duration, Instant};

use pool_core::{Runtime, Sleep, Task};
use smol::Timer;

/// Smol's global executor and its timers.
///
/// Smol can't tell whether a thread drives tasks: calling `get_blocking` on none that does is left
/// to the caller. It has no budget either, as its own futures yield from time to time by chance.
#[derive(Clone, Copy, Debug, Default)]
pub struct Smol;

/// A pool of resources on smol.
pub type Pool<P> = pool_core::Pool<P, Smol>;

impl Runtime for Smol {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let timer = Instant::now().checked_add(duration).map_or_else(Timer::never, Timer::at);
        Box::pin(async {
            timer.await;
        })
    }

    fn spawn(&self, task: Task) {
        smol::spawn(task).detach();
    }
}
