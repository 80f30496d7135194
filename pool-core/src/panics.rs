//! Law P1's room: runs user code so that its panic goes no further.
//!
//! No payload of a panic is dropped outside of it either, as that may panic in turn.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// The payload of a panic.
pub(crate) type Panic = Box<dyn Any + Send>;

/// Asks user code for an answer (law P1). `None` if it panics.
#[inline]
pub(crate) fn contained_answer(question: impl FnOnce() -> bool) -> Option<bool> {
    match catch_unwind(AssertUnwindSafe(question)) {
        Ok(answer) => Some(answer),
        Err(payload) => {
            contain(|| drop(payload));
            None
        }
    }
}

/// Runs user code, and stops its panic (law P1).
pub(crate) fn contain(user_code: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(user_code)) {
        // A payload may itself panic when it is dropped. The second payload is leaked.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(payload);
        }
    }
}

/// Awaits something that may panic in the executor; `None` if it does.
pub(crate) async fn contained<F: Future>(work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Some),
        Err(payload) => {
            contain(|| drop(payload));
            Poll::Ready(None)
        }
    })
    .await
}
