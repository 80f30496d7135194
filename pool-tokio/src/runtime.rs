//! Tokio's clock, timers, tasks and cooperative budget.

use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use pool_core::{Runtime, Sleep, Task};
use tokio::runtime::Handle;
use tokio::task::coop;

/// Tokio, as a pool sees it.
///
/// Work that outlives its caller goes to the runtime that the caller is in or, on a thread
/// without one, to the runtime in which the pool was built; if there is none, it is dropped.
///
/// A get that has to wait under a timeout needs a runtime with its timer enabled, as
/// `tokio::time::sleep` does, and panics without. A get that is served at once needs none.
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
        if let Some(runtime) = Handle::try_current().ok().as_ref().or(self.home.as_ref()) {
            // Not awaited: the task tells the pool itself how it ended.
            drop(runtime.spawn(task));
        }
    }

    #[inline]
    fn poll_budget(&self, cx: &mut Context<'_>) -> Poll<()> {
        ready!(coop::poll_proceed(cx)).made_progress();
        Poll::Ready(())
    }
}
