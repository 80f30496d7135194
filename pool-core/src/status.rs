//! One consistent look at the pool's counts.

use std::fmt;

/// The pool's counts at one moment, taken together.
///
/// `size == idle + in_use + creating + closing`, always.
///
/// # Examples
///
/// ```
/// # use pool_core::Status;
/// # fn show(status: Status) {
/// println!("{status}"); // size 3 of 4: 1 idle, 2 in use, 0 creating, 0 closing; 0 waiting
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Status {
    /// Resources at most.
    pub max_size: usize,
    /// Resources that exist or are being created or closed. Above `max_size` only after the pool
    /// was shrunk, until enough items have come back.
    pub size: usize,
    /// Resources that wait in the pool.
    pub idle: usize,
    /// Resources that are lent, or on their way to a waiter, or being checked for one.
    pub in_use: usize,
    /// Resources that are being created, or about to be.
    pub creating: usize,
    /// Resources that are being reset, or have left the pool and are not gone yet.
    pub closing: usize,
    /// Gets that have begun and not ended: those that create or check a resource included.
    pub waiting: usize,
    /// Whether the pool is suspended, so that nothing is lent.
    pub suspended: bool,
}

impl Status {
    /// How many gets would be served without waiting for a return: idle resources and room to
    /// create. Never negative, as a pool that was shrunk has no room.
    pub fn free(&self) -> usize {
        self.idle + self.max_size.saturating_sub(self.size)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { max_size, size, idle, in_use, creating, closing, waiting, suspended } = self;
        let suspended = if *suspended { ", suspended" } else { "" };
        write!(
            f,
            "size {size} of {max_size}: {idle} idle, {in_use} in use, {creating} creating, \
             {closing} closing; {waiting} waiting{suspended}"
        )
    }
}
