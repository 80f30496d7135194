//! Law P1's room: user code runs where its panic can't get through, and no payload is dropped bare.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The payload of a panic.
pub(crate) type Panic = Box<dyn Any + Send>;

/// Asks user code for an answer where a panic must not get through; a panic is none.
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

/// Runs user code where a panic must not get through (law P1).
pub(crate) fn contain(user_code: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(user_code)) {
        // A payload may itself panic when dropped; after the second one it is left alone.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(payload);
        }
    }
}
