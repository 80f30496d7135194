//! Waiting for a future on a thread that has nothing else to do.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::ptr;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use crate::runtime::Sleep;

thread_local! {
    /// Whose wakers `block_on` polls with here; the innermost, should what is blocked for block again.
    static BELL: Cell<*const ()> = const { Cell::new(ptr::null()) };
    /// When what is blocked for is to be polled again, whether it is woken or not.
    static POLL_AT: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Blocks the thread until a future has ended.
///
/// Not by `thread::park`: user code that is polled on this thread may park it too, and would take
/// the wake-up that is meant for the future.
pub(crate) fn block_on<O>(future: impl Future<Output = O>) -> O {
    let mut future = pin!(future);
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    let mut cx = Context::from_waker(&waker);
    loop {
        let outer = Outer(BELL.replace(waker.data()));
        let polled = future.as_mut().poll(&mut cx);
        drop(outer);
        match polled {
            Poll::Ready(output) => return output,
            Poll::Pending => bell.wait(POLL_AT.take()),
        }
    }
}

/// What `BELL` was before; when this is dropped, it is so again.
struct Outer(*const ());

impl Drop for Outer {
    fn drop(&mut self) {
        BELL.set(self.0);
    }
}

/// Whether it is `block_on` that polls.
#[inline]
pub(crate) fn is_polling(cx: &Context<'_>) -> bool {
    let bell = BELL.get();
    !bell.is_null() && bell == cx.waker().data()
}

/// A sleep for what `block_on` polls, by the thread's own clock: it ends without an executor, and beside
/// one that rests or whose clock is paused. It is polled last.
#[cold]
pub(crate) fn sleep(duration: Duration) -> Sleep {
    let until = now().checked_add(duration);
    Box::pin(poll_fn(move |_| {
        if until.is_some_and(|until| until <= now()) {
            return Poll::Ready(());
        }
        POLL_AT.set(until);
        Poll::Pending
    }))
}

#[expect(clippy::disallowed_methods, reason = "the thread's clock, as the executor's may rest")]
fn now() -> Instant {
    Instant::now()
}

/// Rings once, whether somebody waits already or comes to wait.
#[derive(Default)]
struct Bell {
    has_rung: Mutex<bool>,
    rings: Condvar,
}

impl Bell {
    fn wait(&self, until: Option<Instant>) {
        let has_rung = self.has_rung.lock().unwrap_or_else(PoisonError::into_inner);
        let is_silent = |has_rung: &mut bool| !*has_rung;
        let mut has_rung = if let Some(until) = until {
            let limit = until.saturating_duration_since(now());
            let waited = self.rings.wait_timeout_while(has_rung, limit, is_silent);
            waited.unwrap_or_else(PoisonError::into_inner).0
        } else {
            self.rings.wait_while(has_rung, is_silent).unwrap_or_else(PoisonError::into_inner)
        };
        *has_rung = false;
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *self.has_rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.rings.notify_one();
    }
}
