//! One consistent look at the pool's counts.

use std::fmt;

/// How a pool stands at one moment: [`Pool::status`](crate::Pool::status).
///
/// `size == idle + in_use + creating + closing`, always.
///
/// # Examples
///
/// Every place is taken, and gets wait: resources are held for too long, or `max_size` is too small.
///
/// ```
#[doc = include_str!("pool/example.md")]
/// # run(async {
/// # let pool = Pool::from_fn(connect).build()?;
/// let status = pool.status();
/// if status.free() == 0 && status.waiting > 0 {
///     eprintln!("{status}"); // size 4 of 4: 0 idle, 4 in use, 0 creating, 0 closing; 7 waiting
/// }
/// # assert_eq!(status.to_string(), "size 0 of 4: 0 idle, 0 in use, 0 creating, 0 closing; 0 waiting");
/// # Ok(()) });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Status {
    /// Resources that may exist.
    pub max_size: usize,
    /// Resources that exist or are being created or closed. Above `max_size` only after the pool
    /// was shrunk, until enough items have been returned.
    pub size: usize,
    /// Resources that are in the pool, ready to be lent.
    pub idle: usize,
    /// Resources that are lent (checked out), on their way to a waiter, or in a health check, also one
    /// whose get has left.
    pub in_use: usize,
    /// Resources that are being created, or for which a get holds a create permit.
    pub creating: usize,
    /// Resources that are being reset or closed.
    pub closing: usize,
    /// Gets that have begun and not ended (pending requests), those included that wait for a create or a
    /// health check, and those that are kept and not polled.
    pub waiting: usize,
    /// Whether the pool is suspended, so that nothing is lent.
    pub suspended: bool,
}

impl Status {
    /// How many gets would be served without waiting for a return.
    ///
    /// These are the idle resources, and the room to create others. A pool that was shrunk below its size
    /// has no room.
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
