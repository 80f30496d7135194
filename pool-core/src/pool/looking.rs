//! What can be seen of a pool.

use crate::counters::Counters;
use crate::pool::Pool;
use crate::pooled::Pooled;
use crate::settings::Settings;
use crate::shell::holders::Holder;
use crate::status::Status;

/// # Looking
///
/// One consistent look each: sizes, counts, who holds what.
impl<P: Pooled, R> Pool<P, R> {
    /// All sizes of the pool at one moment.
    pub fn status(&self) -> Status {
        self.shared.with(|state| state.status())
    }

    /// How many gets would be served without waiting for a return: idle resources and room to
    /// create. Never negative.
    pub fn free(&self) -> usize {
        self.status().free()
    }

    /// How many gets have begun and not ended.
    pub fn waiting(&self) -> usize {
        self.status().waiting
    }

    /// What has happened since the pool was built.
    pub fn counters(&self) -> Counters {
        self.shared.with(|state| state.counters())
    }

    /// Who holds an item, longest first: where it was asked for, and for how long it has been held.
    /// Empty unless the pool was built with [`track_holders`](Builder::track_holders).
    ///
    /// # Examples
    ///
    /// ```
    /// # use pool_core::{Pool, Pooled};
    /// # fn show<P: Pooled, R>(pool: &Pool<P, R>) {
    /// for holder in pool.holders() {
    ///     println!("#{} for {:?} at {}", holder.resource, holder.held, holder.caller);
    /// }
    /// # }
    /// ```
    pub fn holders(&self) -> Vec<Holder> {
        let Some(holders) = &self.shared.holders else { return Vec::new() };
        holders.list(self.shared.runtime.now())
    }

    /// The limits and timeouts as they are.
    pub fn settings(&self) -> Settings {
        self.shared.settings()
    }

    /// The name that the pool was given.
    pub fn name(&self) -> Option<&str> {
        self.shared.name.as_deref()
    }

    /// Whether the pool is closed.
    pub fn is_closed(&self) -> bool {
        self.shared.with(|state| state.is_closed())
    }

    /// Whether the pool is suspended.
    pub fn is_suspended(&self) -> bool {
        self.status().suspended
    }
}
