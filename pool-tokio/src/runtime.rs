//! Tokio's clock, timers, tasks and cooperative budget.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use pool_core::{Runtime, Sleep, Task};
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, coop};

/// Tokio as the executor of a pool: the [`Runtime`] of [`Pool`](crate::Pool).
///
/// The pool's own work (creates, checks, resets and goodbyes that are pending, and its upkeep) goes on
/// in the runtime in which the pool was built, its *home*, while that lives; when it is gone, in the
/// runtime that the caller is in. If there is none either, such work is dropped, and a get that waits for
/// it fails with [`GetError::NoExecutor`](crate::GetError::NoExecutor). So build a pool in a runtime that is
/// driven as long as the pool is used: [more on that](crate::guide::unpolled#in-which-runtime-the-pool-works).
///
/// A get that has to wait under a timeout needs a runtime with its timer enabled, as
/// `tokio::time::sleep` does, and panics without one, or when it is polled after that runtime's end. A get
/// that is served at once needs no runtime, and [`get_blocking`](crate::Pool::get_blocking) no timer.
#[derive(Clone, Debug)]
pub struct Tokio {
    home: Option<Arc<Home>>,
}

impl Default for Tokio {
    fn default() -> Self {
        let home = Handle::try_current().ok().map(Home::new);
        Self { home: home.map(Arc::new) }
    }
}

impl Runtime for Tokio {
    fn now(&self) -> Instant {
        // On a thread without a runtime it is home's time, which may be a paused one. Whoever is in a
        // task is in a runtime: that is asked first, as it costs less.
        let is_inside = tokio::task::try_id().is_some() || Handle::try_current().is_ok();
        let home = self.home.as_ref().filter(|_| !is_inside);
        let _entered = home.map(|home| home.handle.enter());
        tokio::time::Instant::now().into_std()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        // On the caller's own clock, as the deadline is the caller's.
        let runtime = Handle::try_current().ok().or_else(|| self.home());
        let _entered = runtime.as_ref().map(Handle::enter);
        Box::pin(tokio::time::sleep(duration))
    }

    fn spawn(&self, task: Task) {
        if let Some(runtime) = self.runtime() {
            let home = self.home.as_ref().filter(|home| home.is(Some(&runtime)));
            let is_gone = home.map(|home| Arc::clone(&home.is_gone));
            // Not awaited: the task itself gives the pool its result.
            drop(runtime.spawn(Carried { task: Some(task), is_gone }));
        }
    }

    fn may_block(&self) -> bool {
        may_block()
    }

    fn enter(&self, work: &mut dyn FnMut()) {
        let current = Handle::try_current().ok();
        let home = self.home.as_ref().filter(|home| !home.is(current.as_ref()) && home.is_alive());
        let _entered = home.map(|home| home.handle.enter());
        work();
    }

    #[inline]
    fn poll_budget(&self, cx: &mut Context<'_>) -> Poll<()> {
        ready!(coop::poll_proceed(cx)).made_progress();
        Poll::Ready(())
    }
}

impl Tokio {
    /// Where the pool's own work goes on.
    fn runtime(&self) -> Option<Handle> {
        let current = Handle::try_current().ok();
        let home = self.home.as_ref().filter(|home| !home.is(current.as_ref()) && home.is_alive());
        home.map(|home| home.handle.clone()).or(current)
    }

    fn home(&self) -> Option<Handle> {
        self.home.as_ref().map(|home| home.handle.clone())
    }
}

/// The runtime in which a pool was built.
///
/// Tokio does not tell whether a runtime lives, and drops what is spawned on one that does not. So a
/// task waits there for ever: when it is dropped, the runtime is shutting down. It is spawned when
/// the pool is first used elsewhere, and aborted with the pool.
#[derive(Debug)]
struct Home {
    handle: Handle,
    sentinel: OnceLock<AbortHandle>,
    is_gone: Arc<AtomicBool>,
}

impl Home {
    fn new(handle: Handle) -> Self {
        Self { handle, sentinel: OnceLock::new(), is_gone: Arc::default() }
    }

    /// Whether this is the runtime that the thread is in, which lives then.
    fn is(&self, current: Option<&Handle>) -> bool {
        current.is_some_and(|current| current.id() == self.handle.id())
    }

    fn is_alive(&self) -> bool {
        self.sentinel.get_or_init(|| {
            let sentinel = Sentinel(Arc::clone(&self.is_gone));
            let waiting = async move {
                let _dropped_with_the_runtime = sentinel;
                pending::<()>().await;
            };
            self.handle.spawn(waiting).abort_handle()
        });
        !self.is_gone.load(Ordering::Acquire)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(sentinel) = self.sentinel.get() {
            sentinel.abort();
        }
    }
}

/// A task at home. Dropped before it has ended, it knows that home is shutting down, before the task
/// tells the pool: whoever begins anew does so elsewhere.
struct Carried {
    task: Option<Task>,
    is_gone: Option<Arc<AtomicBool>>,
}

impl Future for Carried {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(task) = &mut self.task else { return Poll::Ready(()) };
        match catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(cx))) {
            Ok(poll) => ready!(poll),
            Err(payload) => {
                self.is_gone = None;
                resume_unwind(payload);
            }
        }
        self.task = None;
        Poll::Ready(())
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        if let (Some(_), Some(is_gone)) = (&self.task, &self.is_gone) {
            is_gone.store(true, Ordering::Release);
        }
    }
}

struct Sentinel(Arc<AtomicBool>);

impl Drop for Sentinel {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Runs blocking work without blocking a task: in place where the thread may be blocked, such as in
/// [`get_blocking`](crate::Pool::get_blocking), and otherwise on the runtime's blocking threads.
///
/// For creates and checks by drivers that block. With `spawn_blocking` instead, as many callers of
/// `get_blocking` as there are blocking threads would wait for a thread that none of them gives up. A task
/// has none to give up: where its get begins the create while callers of `get_blocking` have all blocking
/// threads, that waits for a thread until `create_timeout`. So raise `max_blocking_threads` above their number.
///
/// # Panics
///
/// If `work` does; and outside of a runtime, on a thread that polls a task all the same.
///
/// # Cancel safety
///
/// Work that has begun is run to its end, whatever becomes of the future; its result is dropped then.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let size = pool_tokio::unblock(|| std::fs::metadata("Cargo.toml").map(|file| file.len())).await?;
/// assert!(size > 0);
/// # Ok(())
/// # }
/// ```
pub async fn unblock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    if may_block() {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(output) => output,
        Err(ended) => match ended.try_into_panic() {
            Ok(payload) => resume_unwind(payload),
            // The runtime is shutting down, and this future with it.
            Err(_) => pending().await,
        },
    }
}

/// Whether the thread may be blocked: it polls no task.
fn may_block() -> bool {
    Handle::try_current().is_err() || !is_on_a_budget()
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
