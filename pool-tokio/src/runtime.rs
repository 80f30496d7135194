//! Tokio's clock, timers, tasks and cooperative budget.

use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use pool_core::{Runtime, Sleep, Task};
use tokio::runtime::Handle;
use tokio::task::coop;

/// Tokio as the executor of a pool: the [`Runtime`] of [`Pool`](crate::Pool).
///
/// Work that outlives its caller is spawned on the runtime that the caller is in or, on a thread
/// without one, on the runtime in which the pool was built. If there is none, it is dropped.
///
/// A get that has to wait under a timeout needs a runtime with its timer enabled, as
/// `tokio::time::sleep` does, and panics without one. A get that is served at once needs no runtime.
#[derive(Clone, Debug)]
pub struct Tokio {
    /// The runtime in which the pool was built.
    home: Option<Handle>,
}

impl Default for Tokio {
    fn default() -> Self {
        Self { home: Handle::try_current().ok() }
    }
}

impl Runtime for Tokio {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }

    fn spawn(&self, task: Task) {
        if let Some(runtime) = self.runtime() {
            // Not awaited: the task itself gives the pool its result.
            drop(runtime.spawn(task));
        }
    }

    fn may_block(&self) -> bool {
        Handle::try_current().is_err() || !is_on_a_budget()
    }

    fn enter(&self, work: &mut dyn FnMut()) {
        let runtime = self.runtime();
        let _entered = runtime.as_ref().map(Handle::enter);
        work();
    }

    #[inline]
    fn poll_budget(&self, cx: &mut Context<'_>) -> Poll<()> {
        ready!(coop::poll_proceed(cx)).made_progress();
        Poll::Ready(())
    }
}

impl Tokio {
    /// The runtime that the caller is in, or else the one in which the pool was built.
    fn runtime(&self) -> Option<Handle> {
        Handle::try_current().ok().or_else(|| self.home.clone())
    }
}

/// Whether this thread polls a task. Tokio has no call for that. But while a thread polls a task it
/// has a cooperative budget, which can be used up; `spawn_blocking` and `block_in_place` suspend the
/// budget. So does `unconstrained`: a task that runs under it is not recognized.
fn is_on_a_budget() -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    // When this is dropped, it gives back all units that are taken after it.
    let Poll::Ready(_restore) = coop::poll_proceed(&mut cx) else { return true };
    (0..u8::MAX).any(|_| coop::poll_proceed(&mut cx).map(|unit| unit.made_progress()).is_pending())
}
