//! Waiting for a future on a thread that has nothing else to do.

use std::pin::{Pin, pin};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Blocks the thread until a future has ended. What pends is polled again when the time is over that it
/// has left, too, by the thread's own clock: so a limit holds without an executor, or beside one at rest.
///
/// Not by `thread::park`: user code that is polled on this thread may park it too, and would take
/// the wake-up that is meant for the future.
pub(crate) fn block_on<F: Future>(
    future: F,
    time_left: impl Fn(Pin<&F>) -> Option<Duration>,
) -> F::Output {
    let mut future = pin!(future);
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => bell.wait(time_left(future.as_ref())),
        }
    }
}

/// Rings once, whether somebody waits already or comes to wait.
#[derive(Default)]
struct Bell {
    has_rung: Mutex<bool>,
    rings: Condvar,
}

impl Bell {
    fn wait(&self, limit: Option<Duration>) {
        let has_rung = self.has_rung.lock().unwrap_or_else(PoisonError::into_inner);
        let is_silent = |has_rung: &mut bool| !*has_rung;
        let mut has_rung = if let Some(limit) = limit {
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
