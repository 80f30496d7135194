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
/// How many resources exist, and all limits and timeouts, while the pool is in use.
impl<P: Pooled, R> Pool<P, R> {
    /// Changes how many resources may exist.
    ///
    /// Growing serves waiters at once. Shrinking ends surplus idle resources at once, and those
    /// in use when they are returned; nothing is created until the size has come down.
    /// [`settled`](Self::settled) tells when it has. 0 drains the pool without closing it: gets
    /// wait until it grows again.
    pub fn resize(&self, max_size: usize) {
        let resized = self.reconfigure(|settings| settings.max_size = max_size);
        resized.expect("a maximum alone is never refused");
    }

    /// Changes limits and timeouts while the pool is in use, all at the same moment. What is under
    /// way goes on with those it began with.
    ///
    /// `change` is called outside the pool's lock and, should another change come in between,
    /// called again.
    ///
    /// # Errors
    ///
    /// A minimum is raised above the maximum, or no creates are allowed. Nothing is changed then.
    /// (The maximum may go below a minimum, which then holds as far as the maximum allows.)
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use pool_core::{BuildError, Pool, Pooled};
    /// # fn for_the_night<P: Pooled, R>(pool: &Pool<P, R>) -> Result<(), BuildError> {
    /// pool.reconfigure(|settings| {
    ///     settings.min_size = 1;
    ///     settings.idle_timeout = Some(Duration::from_secs(60));
    /// })
    /// # }
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

    /// Ends when no more resources exist than `max_size` allows.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time.
    pub fn settled(&self) -> impl Future<Output = ()> + Send + use<P, R> {
        let mut watch = Watch::new(Arc::clone(&self.shared));
        poll_fn(move |cx| watch.poll_until(State::is_settled, cx))
    }

    /// Creates what is missing to `min_size` and `min_idle`, as many at a time as `max_creating`
    /// allows, and ends when it exists.
    ///
    /// # Errors
    ///
    /// The first create that fails, or that the pool is closed. What was created stays.
    ///
    /// # Panics
    ///
    /// If the resource's own `create` panics in it. The pool stays whole.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time: creates that have started are finished by the executor.
    pub fn fill(&self) -> impl Future<Output = Result<(), GetError<P::Error>>> + Send + use<P, R> {
        let mut fill = Fill::new(&self.shared);
        poll_fn(move |cx| fill.poll(cx))
    }

    /// Stops lending and creating until [`resume`](Self::resume), for the minutes in which the
    /// server is replaced: gets wait, as long as their timeouts and `max_waiting` let them, `try_get`
    /// finds nothing, and no minimum is kept up. What is lent goes on and may be returned, and
    /// creates that have begun are finished.
    ///
    /// # Examples
    ///
    /// ```
    /// # use pool_core::{Pool, Pooled};
    /// # async fn fail_over<P: Pooled, R>(pool: &Pool<P, R>, other: P::Config) {
    /// pool.suspend();
    /// pool.replace_config(other);
    /// // ... until the other server is ready
    /// pool.resume();
    /// # }
    /// ```
    pub fn suspend(&self) {
        self.shared.with(State::suspend);
    }

    /// Lends and creates again; those who waited are served in their order.
    pub fn resume(&self) {
        self.shared.change(State::resume);
    }
}
