//! What the shell locks with: the real thing, or a model checker's, which tries the orders in which
//! threads can come by it.
//!
//! Only the tests of a build with `--cfg loom` or `--cfg shuttle` have the latter; `models` says
//! what they try. `Arc` is std's in all of them, as a `self` can be behind no other, and so is what
//! `blocking` parks with: loom forgets that a thread was unparked when it meets a lock.

#[cfg(not(all(test, any(loom, shuttle))))]
pub(crate) use parking_lot::{Mutex, MutexGuard};

#[cfg(all(test, any(loom, shuttle)))]
pub(crate) use self::checked::{Mutex, MutexGuard};

#[cfg(all(test, any(loom, shuttle)))]
mod checked {
    use std::sync::PoisonError;

    #[cfg(loom)]
    use loom::sync;
    #[cfg(shuttle)]
    use shuttle::sync;

    pub(crate) use sync::MutexGuard;

    /// Locks as `parking_lot`'s does: a panic poisons nothing.
    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(guarded: T) -> Self {
            Self(sync::Mutex::new(guarded))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}
