//! The boundary to an executor: what the pool needs of it, and nothing else.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A task that the pool hands to its executor.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A future that completes after a duration.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a pool needs of an executor: a clock, a timer, and tasks for the pool's own work.
///
/// The pool polls a create, a health check, a reset or a close once where it begins, within
/// [`enter`](Self::enter); what is pending then it gives to [`spawn`](Self::spawn). A get that finds an
/// idle resource calls nothing but [`poll_budget`](Self::poll_budget), and [`now`](Self::now) if there is
/// an observer or `track_holders`. No method is called under the pool's lock.
///
/// [The guide](crate::guide::executors) tells what each method has to promise, and has the suite that
/// tests it.
///
/// # Examples
///
/// Plain threads are enough:
///
/// ```
/// use std::{future::poll_fn, task::Poll, thread, time::{Duration, Instant}};
/// use pool_core::{Runtime, Sleep, Task};
///
/// #[derive(Debug, Default)]
/// struct Threads;
///
/// impl Runtime for Threads {
///     fn now(&self) -> Instant {
///         Instant::now()
///     }
///     fn sleep(&self, duration: Duration) -> Sleep {
///         let until = Instant::now().checked_add(duration);
///         Box::pin(poll_fn(move |cx| match until {
///             Some(until) if Instant::now() >= until => Poll::Ready(()),
///             Some(until) => {
///                 let waker = cx.waker().clone();
///                 thread::spawn(move || {
///                     thread::sleep(until.saturating_duration_since(Instant::now()));
///                     waker.wake();
///                 });
///                 Poll::Pending
///             }
///             None => Poll::Pending,
///         }))
///     }
///     fn spawn(&self, task: Task) {
///         thread::spawn(|| pollster::block_on(task));
///     }
/// }
///
/// let pool = pool_core::TokenPool::<Threads>::new(1);
/// let held = pollster::block_on(pool.get());
/// let refused = pollster::block_on(pool.get_timeout(Duration::from_millis(1)));
/// assert!(held.is_ok() && refused.is_err());
/// ```
pub trait Runtime: Send + Sync + 'static {
    /// The time by the executor's clock, which may be a paused one in tests.
    fn now(&self) -> Instant;

    /// Makes a future that completes after `duration`.
    ///
    /// If that is too long for the executor's timer, such as [`Duration::MAX`], it never completes. It is
    /// called, and what it makes is polled, by the pool's tasks and by gets: on any thread, also outside
    /// of [`enter`](Self::enter).
    fn sleep(&self, duration: Duration) -> Sleep;

    /// Runs a task to its end, or drops it.
    ///
    /// It drops the task at once if there is no executor, later if the executor shuts down. The pool then
    /// tells the get that waits for it ([`GetError::NoExecutor`](crate::GetError::NoExecutor)); a task that
    /// is neither run nor dropped takes its slot for ever. Must not panic; it is called from `Drop`, too,
    /// and on any thread.
    ///
    /// Most tasks were polled before, within [`enter`](Self::enter) and with a waker that does nothing: so
    /// poll each at least once.
    fn spawn(&self, task: Task);

    /// Whether the current thread may be blocked.
    ///
    /// Not while it runs async tasks, as those would be blocked with it. An executor that can't tell
    /// says yes.
    fn may_block(&self) -> bool {
        true
    }

    /// Calls `work` in the executor's context, so that it can make timers and sockets.
    ///
    /// That is the context in which [`spawn`](Self::spawn) would run a task at that moment: `work` is a
    /// task's first poll, the others follow there. Or it drops what such a task has made. The thread may
    /// not be one of the executor's. By default it just calls `work`.
    fn enter(&self, work: &mut dyn FnMut()) {
        work();
    }

    /// Takes one unit of the executor's cooperative budget, if it has one.
    ///
    /// `Pending` makes the get yield to other tasks before it begins; the executor then wakes the waker.
    fn poll_budget(&self, cx: &mut Context<'_>) -> Poll<()> {
        let _ = cx;
        Poll::Ready(())
    }
}

/// One runtime with fields, shared by several pools.
impl<R: Runtime + ?Sized> Runtime for Arc<R> {
    fn now(&self) -> Instant {
        (**self).now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        (**self).sleep(duration)
    }

    fn spawn(&self, task: Task) {
        (**self).spawn(task);
    }

    fn may_block(&self) -> bool {
        (**self).may_block()
    }

    fn enter(&self, work: &mut dyn FnMut()) {
        (**self).enter(work);
    }

    fn poll_budget(&self, cx: &mut Context<'_>) -> Poll<()> {
        (**self).poll_budget(cx)
    }
}
