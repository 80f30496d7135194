//! The pool's clock in ticks, and the chance that spreads what would come together.

use std::hash::{BuildHasher, RandomState};

/// A number from 0 to 1 that differs from call to call.
pub(crate) fn chance() -> f64 {
    let bits = RandomState::new().hash_one(());
    f64::from(u32::try_from(bits >> 32).expect("half of 64 bits fits into 32"))
        / f64::from(u32::MAX)
}
