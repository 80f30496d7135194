//! How many resources exist, and under which limits, at run time.

use std::future::poll_fn;
use std::sync::Arc;

use crate::error::{BuildError, GetError};
use crate::event::Event;
use crate::pool::Pool;
use crate::pooled::Pooled;
use crate::settings::Settings;
use crate::shell::fill::Fill;
use crate::shell::watch::Watch;
use crate::state::State;

/// # Size and settings
///
/// How many resources exist ([`resize`](Self::resize)), and all other limits and timeouts
/// ([`reconfigure`](Self::reconfigure)), while the pool is in use.
impl<P: Pooled, R> Pool<P, R> {
    /// Changes how many resources may exist.
    ///
    /// Growing serves waiters at once. Shrinking evicts surplus resources: idle ones at once, those in
    /// use when they are returned; [`settled`](Self::settled) waits for that. Nothing is created until
    /// the size has come down. 0 drains the pool without closing it: gets wait until it grows again.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).max_size(4).build()?;
    /// pool.resize(16);
    /// assert_eq!(pool.free(), 16); // idle, or room to create
    /// pool.resize(0);
    /// assert_eq!(pool.free(), 0); // gets wait
    /// # Ok(()) });
    /// ```
    #[doc(alias("set_max_size", "drain"))]
    pub fn resize(&self, max_size: usize) {
        let resized = self.reconfigure(|settings| settings.max_size = max_size);
        resized.expect("a maximum alone is never refused");
    }

    /// Changes limits and timeouts while the pool is in use, all at the same moment.
    ///
    /// What is in flight goes on with the settings it began with. `change` is called outside the pool's
    /// lock; if another change comes in between, it is called again.
    ///
    /// # Errors
    ///
    /// A minimum is raised above the maximum, or no creates are allowed. Nothing is changed then.
    /// (The maximum may go below a minimum, which then holds as far as the maximum allows.)
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// # let pool = Pool::from_fn(connect).build()?;
    /// pool.reconfigure(|settings| {
    ///     settings.min_size = 1;
    ///     settings.idle_timeout = Some(Duration::from_secs(60));
    /// })?;
    /// assert_eq!(pool.settings().min_size, 1);
    /// # Ok(()) });
    /// ```
    pub fn reconfigure(&self, mut change: impl FnMut(&mut Settings)) -> Result<(), BuildError> {
        loop {
            let before = self.settings();
            let mut after = before;
            change(&mut after);
            let after = after.checked(&before)?;
            let changed = self
                .shared
                .with(|state| (*state.settings() == before).then(|| state.reconfigure(after)));
            let Some(effects) = changed else { continue };
            self.shared.carry_out(effects);
            let (from, to) = (before.max_size, after.max_size);
            if from != to {
                self.shared.observe(|| Event::Resize { from, to });
            }
            return Ok(());
        }
    }

    /// Completes when no more resources exist than `max_size` allows.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// # let pool = Pool::from_fn(connect).build()?;
    /// let connection = pool.get().await?;
    /// pool.resize(0);
    /// assert_eq!(pool.status().size, 1); // nothing is taken from its holder
    /// drop(connection);
    /// pool.settled().await;
    /// assert_eq!(pool.status().size, 0);
    /// # Ok(()) });
    /// ```
    pub fn settled(&self) -> impl Future<Output = ()> + Send + use<P, R> {
        let mut watch = Watch::new(Arc::clone(&self.shared));
        poll_fn(move |cx| watch.poll_until(State::is_settled, cx))
    }

    /// Creates what is missing to `min_size` and `min_idle`, and waits until it exists.
    ///
    /// As many creates are in flight at a time as
    /// [`max_creating`](crate::Builder::max_creating) allows.
    ///
    /// # Errors
    ///
    /// The first create that fails while it waits, whoever began that; that the pool is closed; or that no
    /// executor takes the creates. What was created stays.
    ///
    /// # Panics
    ///
    /// If the resource's own `create` panics while it waits. The pool stays whole.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time, or kept and not polled: it holds nothing, and creates that have begun
    /// are finished by the executor.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// let pool = Pool::from_fn(connect).min_size(2).build()?;
    /// assert_eq!(pool.status().size, 0); // `build` creates nothing
    /// pool.fill().await?;
    /// assert_eq!(pool.status().idle, 2);
    /// # Ok(()) });
    /// ```
    #[doc(alias("warm up", "prefill"))]
    pub fn fill(&self) -> impl Future<Output = Result<(), GetError<P::Error>>> + Send + use<P, R> {
        let mut fill = Fill::new(&self.shared);
        poll_fn(move |cx| fill.poll(cx))
    }

    /// Stops lending and creating until [`resume`](Self::resume).
    ///
    /// For the minutes in which the server is replaced (a fail-over): gets wait, as long as their
    /// timeouts and `max_waiting` let them, `try_get` finds nothing, and no minimum is kept up. What is
    /// in use may be used and returned, and creates in flight are finished.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # run(async {
    /// # let pool = Pool::<Connection>::builder("postgres://primary").build()?;
    /// pool.suspend();
    /// assert!(pool.try_get().is_err()); // and `get` waits
    /// pool.replace_config("postgres://standby"); // as soon as it is ready
    /// pool.resume();
    /// assert_eq!(pool.get().await?.url, "postgres://standby");
    /// # Ok(()) });
    /// ```
    #[doc(alias("pause"))]
    pub fn suspend(&self) {
        self.shared.with(State::suspend);
    }

    /// Lends and creates again, after [`suspend`](Self::suspend). Gets that have waited are served
    /// first in, first out.
    pub fn resume(&self) {
        self.shared.change(State::resume);
    }
}
