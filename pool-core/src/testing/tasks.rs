//! What the cases are written with: tasks that are joined, threads, gates; all without an executor
//! of their own.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use parking_lot::Mutex;

use crate::runtime::Runtime;

/// What a task or thread has come to, its panic included; ends when it has.
pub(crate) struct Joined<T>(Arc<Mutex<Join<T>>>);

struct Join<T> {
    result: Option<thread::Result<T>>,
    /// The other side was dropped.
    is_over: bool,
    waker: Option<Waker>,
}

/// The side that has the result.
struct Sender<T>(Arc<Mutex<Join<T>>>);

impl<T> Sender<T> {
    fn send(self, result: thread::Result<T>) {
        self.0.lock().result = Some(result);
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut join = self.0.lock();
        join.is_over = true;
        let waker = join.waker.take();
        drop(join);
        waker.into_iter().for_each(wake);
    }
}

impl<T> Joined<T> {
    fn new() -> (Sender<T>, Self) {
        let join = Join { result: None, is_over: false, waker: None };
        let join = Arc::new(Mutex::new(join));
        (Sender(Arc::clone(&join)), Self(join))
    }

    /// The result; `None` if the task was dropped.
    pub(crate) async fn or_dropped(self) -> Option<T> {
        let result = poll_fn(|cx| {
            let mut join = self.0.lock();
            if join.is_over {
                return Poll::Ready(join.result.take());
            }
            join.waker = Some(cx.waker().clone());
            Poll::Pending
        });
        result.await.map(|result| result.unwrap_or_else(|payload| resume_unwind(payload)))
    }

    pub(crate) async fn ended(self) -> T {
        self.or_dropped().await.expect("the executor runs what it is given to the end")
    }
}

/// Gives a task to the executor.
pub(crate) fn spawn<T: Send + 'static>(
    runtime: &dyn Runtime,
    task: impl Future<Output = T> + Send + 'static,
) -> Joined<T> {
    let (sender, joined) = Joined::new();
    runtime.spawn(Box::pin(async move { sender.send(caught(task).await) }));
    joined
}

/// Does something on a thread that is none of the executor's.
pub(crate) fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Joined<T> {
    let (sender, joined) = Joined::new();
    thread::spawn(move || sender.send(catch_unwind(AssertUnwindSafe(work))));
    joined
}

/// What a future ends with, its panic included.
pub(crate) async fn caught<T>(future: impl Future<Output = T> + Send) -> thread::Result<T> {
    let mut future = Box::pin(future);
    poll_fn(move |cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Ok),
        Err(payload) => Poll::Ready(Err(payload)),
    })
    .await
}

/// Lets others run.
pub(crate) async fn pause() {
    let mut has_paused = false;
    poll_fn(move |cx| {
        if has_paused {
            return Poll::Ready(());
        }
        has_paused = true;
        wake(cx.waker().clone());
        Poll::Pending
    })
    .await;
}

/// Polls a future at most so often, others being let run in between, and drops it.
pub(crate) async fn polled<T>(future: impl Future<Output = T> + Send, times: usize) -> Option<T> {
    let mut future = Box::pin(future);
    for _ in 0..times {
        if let Poll::Ready(output) = poll_once(future.as_mut()).await {
            return Some(output);
        }
        pause().await;
    }
    None
}

/// Polls a future once, with the waker of this task.
pub(crate) async fn poll_once<F: Future + ?Sized>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(move |cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// Lets so many through as it is opened for, in any order.
#[derive(Default)]
pub(crate) struct Gate(Mutex<Passes>);

#[derive(Default)]
struct Passes {
    left: usize,
    waiting: Vec<Waker>,
}

impl Gate {
    pub(crate) fn open(&self, count: usize) {
        let mut passes = self.0.lock();
        passes.left += count;
        let waiting = std::mem::take(&mut passes.waiting);
        drop(passes);
        waiting.into_iter().for_each(wake);
    }

    pub(crate) async fn pass(&self) {
        poll_fn(|cx| {
            let mut passes = self.0.lock();
            if let Some(left) = passes.left.checked_sub(1) {
                passes.left = left;
                return Poll::Ready(());
            }
            passes.waiting.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Counts how often it wakes, and wakes nobody.
#[derive(Default)]
pub(crate) struct Stranger(AtomicUsize);

impl Stranger {
    /// Polls with this waker.
    pub(crate) fn poll<F: Future + ?Sized>(
        self: &Arc<Self>,
        future: Pin<&mut F>,
    ) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(&Waker::from(Arc::clone(self))))
    }
}

impl Wake for Stranger {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[expect(clippy::disallowed_methods, reason = "no lock is held, and these wakers are executors'")]
fn wake(waker: Waker) {
    waker.wake();
}
