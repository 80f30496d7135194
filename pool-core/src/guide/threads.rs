use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};
use std::{future::poll_fn, thread};

use pool_core::{Runtime, Sleep, Task};

/// Plain threads as an executor: one for each task, one for each sleep.
#[derive(Clone, Copy, Debug, Default)]
pub struct Threads;

impl Runtime for Threads {
    fn now(&self) -> Instant {
        Instant::now()
    }
    fn sleep(&self, duration: Duration) -> Sleep {
        // Who is to be woken; `None` when the time is over.
        let sleeper = Arc::new(Mutex::new(Some(Waker::noop().clone())));
        let (kept, dropped) = mpsc::channel::<()>();
        let there = Arc::clone(&sleeper);
        thread::spawn(move || {
            if dropped.recv_timeout(duration) == Err(mpsc::RecvTimeoutError::Timeout) {
                let waker = there.lock().expect("nobody panics under it").take();
                waker.into_iter().for_each(Waker::wake);
            }
        });
        Box::pin(poll_fn(move |cx| {
            let _dropped_with_the_sleep = &kept;
            let mut sleeper = sleeper.lock().expect("nobody panics under it");
            let Some(waker) = &mut *sleeper else { return Poll::Ready(()) };
            waker.clone_from(cx.waker()); // whoever polled last
            Poll::Pending
        }))
    }
    fn spawn(&self, task: Task) {
        // If no thread can be started, the task is dropped.
        drop(thread::Builder::new().spawn(|| pollster::block_on(task)));
    }
}
