//! A backend that does as it is told, and counts what is made of it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use parking_lot::Mutex;

use super::tasks::{Gate, pause};
use super::whole::{all_of, assert_unused};
use crate::{Pool, Pooled, Runtime};

/// What a create, a health check, a reset or a close of a [`Backend`]'s probes does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plan {
    /// Succeeds at once.
    #[default]
    Succeed,
    /// Fails at once.
    Fail,
    /// Panics at once.
    Panic,
    /// Never ends.
    Hang,
    /// Succeeds after other tasks had a turn.
    Yield,
    /// Succeeds after a time.
    After(Duration),
    /// Fails after a time.
    FailAfter(Duration),
    /// Succeeds when [`Backend::open`] lets it.
    Gate,
    /// Fails when [`Backend::open`] lets it.
    FailAtGate,
    /// Panics when [`Backend::open`] lets it.
    PanicAtGate,
}

/// What [`Probe`](super::Probe)s are made of and counted by: the config of their pool.
///
/// All clones are one backend. Until a plan says otherwise, everything succeeds at once. A plan is
/// looked up where a call begins; one that has begun keeps to the plan that it found.
///
/// # Examples
///
/// A server that is down, and then slow:
///
/// ```standalone_crate
/// # mod binding { include!("../guide/threads.rs"); }
/// # use binding::Threads;
/// use std::time::Duration;
/// use pool_core::{GetError, Pool};
/// use pool_core::testing::{Backend, Plan, Probe};
///
/// # pollster::block_on(async {
/// let backend = Backend::new(Threads);
/// let pool = Pool::<Probe, Threads>::builder(backend.clone()).max_size(2).build()?;
/// backend.creates(Plan::Fail);
/// assert!(matches!(pool.get().await, Err(GetError::Create(_))));
/// backend.creates(Plan::After(Duration::from_millis(20)));
/// assert!(pool.get().await.is_ok());
/// assert_eq!((backend.created(), backend.alive()), (2, 1));
/// # Ok::<_, pool_core::BuildError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Backend(Arc<Shared>);

struct Shared {
    runtime: Box<dyn Runtime>,
    gate: Gate,
    plans: Mutex<Plans>,
    alive: AtomicUsize,
    most_alive: AtomicUsize,
    created: AtomicUsize,
    checked: AtomicUsize,
}

#[derive(Clone, Copy, Default)]
struct Plans {
    create: Plan,
    check: Plan,
    reset: Plan,
    close: Plan,
    on_return: Plan,
    on_drop: Plan,
}

impl Backend {
    /// A backend where everything succeeds at once. The runtime, mostly that of the pool, is for
    /// plans that take time.
    pub fn new(runtime: impl Runtime) -> Self {
        Self(Arc::new(Shared {
            runtime: Box::new(runtime),
            gate: Gate::default(),
            plans: Mutex::default(),
            alive: AtomicUsize::new(0),
            most_alive: AtomicUsize::new(0),
            created: AtomicUsize::new(0),
            checked: AtomicUsize::new(0),
        }))
    }

    /// Sets what [`Pooled::create`] does.
    pub fn creates(&self, plan: Plan) -> &Self {
        self.plan(|plans| plans.create = plan)
    }

    /// Sets what [`Pooled::recycle`] does, the health check.
    pub fn checks(&self, plan: Plan) -> &Self {
        self.plan(|plans| plans.check = plan)
    }

    /// Sets what [`Pooled::reset`] of a [`CleanupProbe`](super::CleanupProbe) does.
    pub fn resets(&self, plan: Plan) -> &Self {
        self.plan(|plans| plans.reset = plan)
    }

    /// Sets what [`Pooled::close`] of a [`CleanupProbe`](super::CleanupProbe) does.
    pub fn closes(&self, plan: Plan) -> &Self {
        self.plan(|plans| plans.close = plan)
    }

    /// Sets what [`Pooled::is_reusable`] does, which takes no time: [`Plan::Succeed`] says yes,
    /// [`Plan::Panic`] panics, any other plan says no.
    pub fn returns(&self, plan: Plan) -> &Self {
        self.plan(|plans| plans.on_return = plan)
    }

    /// Sets what a probe's `Drop` does: [`Plan::Panic`] panics, any other plan does nothing.
    pub fn drops(&self, plan: Plan) -> &Self {
        self.plan(|plans| plans.on_drop = plan)
    }

    /// Lets so many calls through that wait or will wait at the gate.
    pub fn open(&self, count: usize) {
        self.0.gate.open(count);
    }

    /// The probes that exist, by their own count; half-made ones are included.
    pub fn alive(&self) -> usize {
        self.0.alive.load(SeqCst)
    }

    /// The most probes that ever existed at the same time.
    pub fn most_alive(&self) -> usize {
        self.0.most_alive.load(SeqCst)
    }

    /// The creates that were begun. A probe made by [`Probe::new`](super::Probe::new) counts, too.
    pub fn created(&self) -> usize {
        self.0.created.load(SeqCst)
    }

    /// The health checks that were begun.
    pub fn checked(&self) -> usize {
        self.0.checked.load(SeqCst)
    }

    /// As [`assert_whole`](super::assert_whole), and by the probes' own count as well: as many
    /// exist as the pool says.
    ///
    /// # Panics
    ///
    /// If something is lost, or exists although the pool does not know of it.
    pub async fn assert_whole<P, R>(&self, pool: &Pool<P, R>)
    where
        P: Pooled,
        P::Error: fmt::Debug,
        R: Runtime,
    {
        let items = all_of(pool).await;
        assert_eq!(self.alive(), items.len(), "probes that are alive, and lent: {}", pool.status());
        drop(items);
        let status = assert_unused(pool);
        // What is being reset or closed may be gone between two looks.
        if status.closing == 0 {
            assert_eq!(self.alive(), status.size, "probes that are alive: {status}");
        }
    }

    fn plan(&self, change: impl FnOnce(&mut Plans)) -> &Self {
        change(&mut self.0.plans.lock());
        self
    }

    fn plans(&self) -> Plans {
        *self.0.plans.lock()
    }

    /// Counts one more probe, and says which it is.
    pub(super) fn count_in(&self) -> usize {
        let alive = self.0.alive.fetch_add(1, SeqCst) + 1;
        self.0.most_alive.fetch_max(alive, SeqCst);
        self.0.created.fetch_add(1, SeqCst) + 1
    }

    /// Counts one probe less, and may panic then.
    pub(super) fn count_out(&self) {
        self.0.alive.fetch_sub(1, SeqCst);
        assert!(self.plans().on_drop != Plan::Panic, "as planned");
    }

    pub(super) async fn create(&self) -> Result<(), Refusal> {
        self.act(self.plans().create).await
    }

    pub(super) async fn check(&self) -> Result<(), Refusal> {
        self.0.checked.fetch_add(1, SeqCst);
        self.act(self.plans().check).await
    }

    pub(super) async fn reset(&self) -> Result<(), Refusal> {
        self.act(self.plans().reset).await
    }

    pub(super) async fn close(&self) {
        // A goodbye that fails is over, too.
        drop(self.act(self.plans().close).await);
    }

    pub(super) fn is_reusable(&self) -> bool {
        let plan = self.plans().on_return;
        assert!(plan != Plan::Panic, "as planned");
        plan == Plan::Succeed
    }

    async fn act(&self, plan: Plan) -> Result<(), Refusal> {
        match plan {
            Plan::Succeed | Plan::Fail | Plan::Panic => {}
            Plan::Hang => std::future::pending().await,
            Plan::Yield => pause().await,
            Plan::After(time) | Plan::FailAfter(time) => self.0.runtime.sleep(time).await,
            Plan::Gate | Plan::FailAtGate | Plan::PanicAtGate => self.0.gate.pass().await,
        }
        match plan {
            Plan::Panic | Plan::PanicAtGate => panic!("as planned"),
            Plan::Fail | Plan::FailAfter(_) | Plan::FailAtGate => Err(Refusal),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backend")
            .field("alive", &self.alive())
            .field("most_alive", &self.most_alive())
            .field("created", &self.created())
            .field("checked", &self.checked())
            .finish_non_exhaustive()
    }
}

/// The error of a create, health check or reset that is to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal;

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refusal {}
