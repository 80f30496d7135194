//! What the tests share: a resource that counts itself and does as it is told.

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;
use pool_tokio::{Builder, Pool, Pooled, Tokio, Usage};
use tokio::sync::Semaphore;

/// What a create, a check or a return does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plan {
    /// Succeeds at once.
    #[default]
    Ok,
    /// Fails at once.
    Fail,
    /// Panics.
    Panic,
    /// Never ends.
    Never,
    /// Succeeds after a while.
    After(Duration),
    /// Fails after a while.
    FailAfter(Duration),
    /// Succeeds when [`Backend::open`] lets it.
    Gate,
    /// Fails when [`Backend::open`] lets it.
    FailAtGate,
    /// Panics when [`Backend::open`] lets it.
    PanicAtGate,
}

/// What [`Probe`]s are made from and counted by.
#[derive(Clone)]
pub struct Backend(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    alive: AtomicUsize,
    most_alive: AtomicUsize,
    creates: AtomicUsize,
    checks: AtomicUsize,
    create: Mutex<Plan>,
    check: Mutex<Plan>,
    on_return: Mutex<Plan>,
    on_drop: Mutex<Plan>,
    reset: Mutex<Plan>,
    close: Mutex<Plan>,
    gate: Semaphore,
}

impl Default for Backend {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Backend {
    /// A backend where everything succeeds at once.
    pub fn new() -> Self {
        Self(Arc::new(Counts {
            alive: AtomicUsize::new(0),
            most_alive: AtomicUsize::new(0),
            creates: AtomicUsize::new(0),
            checks: AtomicUsize::new(0),
            create: Mutex::default(),
            check: Mutex::default(),
            on_return: Mutex::default(),
            on_drop: Mutex::default(),
            reset: Mutex::default(),
            close: Mutex::default(),
            gate: Semaphore::new(0),
        }))
    }

    /// Starts building a pool of this backend's probes.
    pub fn pool(&self) -> Builder<Probe, Tokio> {
        Pool::<Probe>::builder(self.clone())
    }

    /// What creates do from here on.
    pub fn creates(&self, plan: Plan) -> &Self {
        *self.0.create.lock() = plan;
        self
    }

    /// What checks do from here on.
    pub fn checks(&self, plan: Plan) -> &Self {
        *self.0.check.lock() = plan;
        self
    }

    /// What `is_reusable` does from here on.
    pub fn returns(&self, plan: Plan) -> &Self {
        *self.0.on_return.lock() = plan;
        self
    }

    /// What a probe's `Drop` does from here on.
    pub fn drops(&self, plan: Plan) -> &Self {
        *self.0.on_drop.lock() = plan;
        self
    }

    /// What a [`Polite`] one's reset does from here on.
    pub fn resets(&self, plan: Plan) -> &Self {
        *self.0.reset.lock() = plan;
        self
    }

    /// What a [`Polite`] one's close does from here on.
    pub fn closes(&self, plan: Plan) -> &Self {
        *self.0.close.lock() = plan;
        self
    }

    /// Lets so many through the gate.
    pub fn open(&self, count: usize) {
        self.0.gate.add_permits(count);
    }

    /// Probes that exist, half-made ones included, by their own count.
    pub fn alive(&self) -> usize {
        self.0.alive.load(SeqCst)
    }

    /// The most that ever existed at the same time.
    pub fn most_alive(&self) -> usize {
        self.0.most_alive.load(SeqCst)
    }

    /// Creates that were begun.
    pub fn created(&self) -> usize {
        self.0.creates.load(SeqCst)
    }

    /// Checks that were begun.
    pub fn checked(&self) -> usize {
        self.0.checks.load(SeqCst)
    }

    async fn act(&self, plan: Plan) -> Result<(), Refusal> {
        match plan {
            Plan::Ok => Ok(()),
            Plan::Fail => Err(Refusal),
            Plan::Panic => panic!("as planned"),
            Plan::Never => std::future::pending().await,
            Plan::After(time) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
            Plan::FailAfter(time) => {
                tokio::time::sleep(time).await;
                Err(Refusal)
            }
            Plan::Gate | Plan::FailAtGate | Plan::PanicAtGate => {
                self.0.gate.acquire().await.map_err(|_| Refusal)?.forget();
                assert!(plan != Plan::PanicAtGate, "as planned");
                if plan == Plan::Gate { Ok(()) } else { Err(Refusal) }
            }
        }
    }
}

/// A backend's "no".
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal;

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refusal {}

/// Counts itself from the first moment of its create to its drop.
#[derive(Debug)]
pub struct Probe {
    /// The how-manieth create made it.
    pub number: usize,
    backend: Backend,
}

impl Probe {
    /// Makes a probe outside any pool.
    pub fn foreign(backend: &Backend) -> Self {
        let number = backend.0.creates.fetch_add(1, SeqCst) + 1;
        let alive = backend.0.alive.fetch_add(1, SeqCst) + 1;
        backend.0.most_alive.fetch_max(alive, SeqCst);
        Self { number, backend: backend.clone() }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.backend.0.alive.fetch_sub(1, SeqCst);
        let plan = *self.backend.0.on_drop.lock();
        assert!(plan != Plan::Panic, "as planned");
    }
}

impl Pooled for Probe {
    type Resource = Self;
    type Config = Backend;
    type Error = Refusal;

    async fn create(backend: &Backend) -> Result<Self, Refusal> {
        let plan = *backend.0.create.lock();
        let half_made = Self::foreign(backend);
        backend.act(plan).await?;
        Ok(half_made)
    }

    async fn recycle(probe: &mut Self, backend: &Backend, _: &Usage<'_>) -> Result<(), Refusal> {
        backend.0.checks.fetch_add(1, SeqCst);
        let plan = *backend.0.check.lock();
        assert_eq!(probe.backend.0.alive.load(SeqCst).min(1), 1, "a dead probe is checked");
        backend.act(plan).await
    }

    fn is_reusable(probe: &mut Self) -> bool {
        let plan = *probe.backend.0.on_return.lock();
        assert!(plan != Plan::Panic, "as planned");
        plan == Plan::Ok
    }
}

/// A probe that is reset on return and says goodbye in the end.
#[derive(Debug)]
pub struct Polite(pub Probe);

impl Pooled for Polite {
    type Resource = Self;
    type Config = Backend;
    type Error = Refusal;

    async fn create(backend: &Backend) -> Result<Self, Refusal> {
        Probe::create(backend).await.map(Self)
    }

    async fn recycle(
        polite: &mut Self,
        backend: &Backend,
        usage: &Usage<'_>,
    ) -> Result<(), Refusal> {
        Probe::recycle(&mut polite.0, backend, usage).await
    }

    fn is_reusable(polite: &mut Self) -> bool {
        Probe::is_reusable(&mut polite.0)
    }

    async fn reset(polite: &mut Self) -> Result<(), Refusal> {
        let backend = polite.0.backend.clone();
        let plan = *backend.0.reset.lock();
        backend.act(plan).await
    }

    async fn close(polite: Self) {
        let backend = polite.0.backend.clone();
        let plan = *backend.0.close.lock();
        drop(backend.act(plan).await);
        drop(polite);
    }
}

/// Polls once, with a waker that wakes nobody.
pub fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Lets every task that is ready run until none is.
pub async fn let_others_run() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Builds a pool of so many resources and has all of them made.
///
/// # Panics
///
/// If the settings disagree or a create fails.
pub async fn filled(builder: Builder<Probe, Tokio>, count: usize) -> Pool<Probe> {
    let pool = builder.max_size(count).build().expect("settings agree");
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(pool.get().await.expect("made"));
    }
    drop(items);
    let_others_run().await;
    pool
}

/// Takes as much as the pool can lend and checks that it is all of it: no slot is lost.
///
/// # Panics
///
/// If it is not.
pub async fn assert_whole(pool: &Pool<Probe>, backend: &Backend) {
    let max_size = pool.status().max_size;
    let mut items = Vec::new();
    for held in 0..max_size {
        let get = pool.get_timeout(Duration::from_secs(20));
        let item = get.await.unwrap_or_else(|error| panic!("holding {held}: {error}"));
        items.push(item);
    }
    assert!(backend.alive() <= max_size, "{} alive of {max_size}", backend.alive());
    let one_more = pin!(pool.get_timeout(Duration::ZERO)).await;
    assert!(one_more.is_err(), "lent more than max_size");
    drop(items);
    let status = pool.status();
    assert_eq!((status.in_use, status.waiting, status.creating), (0, 0, 0), "{status}");
    assert_eq!(status.size, backend.alive(), "{status}");
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    #[test]
    fn the_readmes_show_the_quickstart_program() {
        let program = include_str!("../examples/quickstart.rs");
        for readme in [include_str!("../README.md"), include_str!("../pool-tokio/README.md")] {
            let (_, code) = readme.split_once("```rust\n").expect("an example");
            let (code, _) = code.split_once("```\n").expect("its end");
            assert!(program.ends_with(code), "it and examples/quickstart.rs differ:\n{code}");
            let lines = code.lines().filter(|line| !line.is_empty()).count();
            assert!(lines <= 15, "{lines} lines");
        }
    }

    /// A registry shows them where no file of the repository stands beside them.
    #[test]
    fn the_readmes_of_published_crates_link_to_nothing_relative() {
        let readmes = [
            include_str!("../pool-core/README.md"),
            include_str!("../pool-derive/README.md"),
            include_str!("../pool-tokio/README.md"),
        ];
        for readme in readmes {
            let targets: Vec<_> = readme.split("](").skip(1).collect();
            assert!(!targets.is_empty());
            for target in targets {
                assert!(target.starts_with("https://docs.rs/"), "relative: {target}");
            }
        }
    }
}
