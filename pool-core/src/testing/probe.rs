//! Resources that count themselves, and do what their backend is told.

use super::backend::{Backend, Refusal};
use crate::{Pooled, Usage};

/// A resource that counts itself, from the first moment of its create to its drop, and does at each
/// call what its [`Backend`] is told. It has a health check, and nothing to reset or to close:
/// [`CleanupProbe`] has.
///
/// Where your code needs more of a resource than that, pool a type of your own that holds a probe.
///
/// # Examples
///
/// A stand-in for a connection, which counts itself:
///
/// ```standalone_crate
/// # mod binding { include!("../guide/threads.rs"); }
/// # use binding::Threads;
/// use pool_core::{Item, Pool, Pooled, Usage};
/// use pool_core::testing::{Backend, Probe, Refusal};
///
/// struct Shelf {
///     probe: Probe,
///     ladders: u32,
/// }
///
/// impl Pooled for Shelf {
///     type Resource = Self;
///     type Config = Backend;
///     type Error = Refusal;
///
///     async fn create(backend: &Backend) -> Result<Self, Refusal> {
///         Ok(Self { probe: Probe::create(backend).await?, ladders: 3 })
///     }
///
///     async fn recycle(shelf: &mut Self, backend: &Backend, usage: &Usage<'_>) -> Result<(), Refusal> {
///         Probe::recycle(&mut shelf.probe, backend, usage).await
///     }
/// }
///
/// # pollster::block_on(async {
/// let backend = Backend::new(Threads);
/// let pool = Pool::<Shelf, Threads>::builder(backend.clone()).build()?;
/// let mut shelf = pool.get().await.expect("all is well");
/// shelf.ladders -= 1;
/// Item::discard(shelf);
/// assert_eq!((backend.created(), backend.alive()), (1, 0));
/// backend.assert_whole(&pool).await;
/// # Ok::<_, pool_core::BuildError>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Probe {
    number: usize,
    backend: Backend,
}

impl Probe {
    /// Makes a probe outside of any pool, at once and whatever the plans are.
    pub fn new(backend: &Backend) -> Self {
        Self { number: backend.count_in(), backend: backend.clone() }
    }

    /// Its serial number: 1 for the first that was made of its backend.
    pub fn number(&self) -> usize {
        self.number
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.backend.count_out();
    }
}

#[diagnostic::do_not_recommend] // of no help to whoever forgot to derive it
impl Pooled for Probe {
    type Resource = Self;
    type Config = Backend;
    type Error = Refusal;

    async fn create(backend: &Backend) -> Result<Self, Refusal> {
        let half_made = Self::new(backend);
        backend.create().await?;
        Ok(half_made)
    }

    async fn recycle(_: &mut Self, backend: &Backend, _: &Usage<'_>) -> Result<(), Refusal> {
        backend.check().await
    }

    fn is_reusable(probe: &mut Self) -> bool {
        probe.backend.is_reusable()
    }
}

/// A [`Probe`] with asynchronous clean-up: a reset on each return, and a close in the end.
#[derive(Debug)]
pub struct CleanupProbe(Probe);

impl CleanupProbe {
    /// Makes a probe outside of any pool, at once and whatever the plans are.
    pub fn new(backend: &Backend) -> Self {
        Self(Probe::new(backend))
    }

    /// Its serial number: 1 for the first that was made of its backend.
    pub fn number(&self) -> usize {
        self.0.number
    }
}

#[diagnostic::do_not_recommend] // of no help to whoever forgot to derive it
impl Pooled for CleanupProbe {
    type Resource = Self;
    type Config = Backend;
    type Error = Refusal;

    async fn create(backend: &Backend) -> Result<Self, Refusal> {
        Probe::create(backend).await.map(Self)
    }

    async fn recycle(
        probe: &mut Self,
        backend: &Backend,
        usage: &Usage<'_>,
    ) -> Result<(), Refusal> {
        Probe::recycle(&mut probe.0, backend, usage).await
    }

    fn is_reusable(probe: &mut Self) -> bool {
        Probe::is_reusable(&mut probe.0)
    }

    async fn reset(probe: &mut Self) -> Result<(), Refusal> {
        probe.0.backend.reset().await
    }

    async fn close(probe: Self) {
        probe.0.backend.close().await;
    }
}
