//! The pool's clock in ticks, and the chance that spreads what would come together.

use std::hash::{BuildHasher, RandomState};
use std::time::Instant;

use crate::pooled::Pooled;
use crate::settings::ticks;
use crate::shell::shared::Shared;
use crate::state::Born;

impl<P: Pooled> Shared<P> {
    /// The pool's own count of a time: milliseconds since it was built.
    pub(crate) fn tick(&self, now: Instant) -> u64 {
        ticks(now.saturating_duration_since(self.built_at))
    }

    /// What a resource that was made at `now` is born with.
    pub(crate) fn born(&self, now: Instant) -> Born {
        Born { tick: self.tick(now), chance: chance() }
    }
}

/// A number from 0 to 1 that differs from call to call.
pub(crate) fn chance() -> f64 {
    let bits = RandomState::new().hash_one(());
    f64::from(u32::try_from(bits >> 32).expect("half of 64 bits fits into 32"))
        / f64::from(u32::MAX)
}
