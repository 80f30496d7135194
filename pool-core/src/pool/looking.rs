//! What can be seen of a pool.

use crate::counters::Counters;
use crate::pool::Pool;
use crate::pooled::Pooled;
use crate::settings::Settings;
use crate::shell::holders::Holder;
use crate::status::Status;

/// # Looking
///
/// How the pool stands ([`status`](Self::status)), what has happened ([`counters`](Self::counters)), who
/// holds what ([`holders`](Self::holders)): each of one moment.
impl<P: Pooled, R> Pool<P, R> {
    /// All sizes of the pool at one moment: idle, in use, creating, closing, waiting.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// # let pool = Pool::from_fn(connect).build()?;
    /// let connection = pool.get().await?;
    /// let status = pool.status();
    /// assert_eq!((status.in_use, status.idle, status.max_size), (1, 0, 4));
    /// println!("{status}"); // size 1 of 4: 0 idle, 1 in use, 0 creating, 0 closing; 0 waiting
    /// # assert_eq!(status.to_string(), "size 1 of 4: 0 idle, 1 in use, 0 creating, 0 closing; 0 waiting");
    /// # drop(connection);
    /// # Ok(()) });
    /// ```
    #[doc(alias("state", "stats"))]
    pub fn status(&self) -> Status {
        self.shared.with(|state| state.status())
    }

    /// How many gets would be served without waiting for a return: [`Status::free`].
    pub fn free(&self) -> usize {
        self.status().free()
    }

    /// How many gets have begun and not ended: [`Status::waiting`].
    pub fn waiting(&self) -> usize {
        self.status().waiting
    }

    /// What has happened since the pool was built, in numbers that add up.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// # let pool = Pool::from_fn(connect).build()?;
    /// for _ in 0..3 {
    ///     drop(pool.get().await?);
    /// }
    /// let counters = pool.counters();
    /// assert_eq!((counters.served, counters.created), (3, 1)); // one connection, used three times
    /// # Ok(()) });
    /// ```
    #[doc(alias("statistics", "metrics"))]
    pub fn counters(&self) -> Counters {
        self.shared.with(|state| state.counters())
    }

    /// Who holds an item, longest first: where it was asked for, and since when. To detect leaks.
    ///
    /// Empty unless the pool was built with [`track_holders`](crate::Builder::track_holders).
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).track_holders(true).build()?;
    /// let kept = pool.get().await?;
    /// for holder in pool.holders() {
    ///     println!("#{} for {:?} at {}", holder.resource, holder.held, holder.caller);
    /// }
    /// # assert_eq!((pool.holders().len(), kept.len()), (1, 0));
    /// # Ok(()) });
    /// ```
    #[doc(alias("leak detection", "leaks"))]
    pub fn holders(&self) -> Vec<Holder> {
        let Some(holders) = &self.shared.holders else { return Vec::new() };
        holders.list(self.shared.runtime.now())
    }

    /// The limits and timeouts at this moment; [`reconfigure`](Self::reconfigure) changes them.
    pub fn settings(&self) -> Settings {
        self.shared.settings()
    }

    /// The name given to [`Builder::name`](crate::Builder::name).
    pub fn name(&self) -> Option<&str> {
        self.shared.name.as_deref()
    }

    /// Whether the pool is closed.
    pub fn is_closed(&self) -> bool {
        self.shared.with(|state| state.is_closed())
    }

    /// Whether the pool is suspended, so that nothing is lent or created.
    pub fn is_suspended(&self) -> bool {
        self.status().suspended
    }
}
