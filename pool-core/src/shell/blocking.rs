//! Waiting for a future on a thread that has nothing else to do.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use crate::runtime::Runtime;

/// Parks the thread until a future has ended. It is polled where the runtime lets it make timers.
pub(crate) fn block_on<O>(runtime: &dyn Runtime, future: impl Future<Output = O>) -> O {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        let mut poll = Poll::Pending;
        runtime.enter(&mut || poll = future.as_mut().poll(&mut cx));
        match poll {
            Poll::Ready(output) => return output,
            // If it was woken since, the thread does not park.
            Poll::Pending => thread::park(),
        }
    }
}

/// Wakes a thread that is parked.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
