//! What a case works on: a backend that does as it is told, and resources that count themselves.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::tasks::{Gate, Joined, pause, spawn};
use crate::pool::Pool;
use crate::pool::builder::Builder;
use crate::pooled::Pooled;
use crate::runtime::Runtime;
use crate::usage::Usage;

/// A time that is soon over, in milliseconds a coarse timer has, too.
pub(crate) const SOON: Duration = Duration::from_millis(30);

/// What a machine under load may add to a time. A wake-up that was lost takes longer.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// A time that is over in no case.
pub(crate) const NEVER: Duration = Duration::from_secs(3600);

/// A runtime with something to pool on it.
pub(crate) struct World<R> {
    pub(crate) runtime: Arc<R>,
    pub(crate) backend: Backend,
}

impl<R: Runtime> World<R> {
    pub(crate) fn new(runtime: Arc<R>) -> Self {
        let shared = Arc::clone(&runtime);
        let backend = Backend(Arc::new(Counts {
            runtime: shared,
            alive: AtomicUsize::new(0),
            most_alive: AtomicUsize::new(0),
            created: AtomicUsize::new(0),
            checked: AtomicUsize::new(0),
            plans: Mutex::default(),
            gate: Gate::default(),
        }));
        Self { runtime, backend }
    }

    /// A pool of so many, without any timeout: on a paused clock it would be over as soon as
    /// nothing else is to be done, such as while a case waits for a thread.
    pub(crate) fn builder<P: Pooled<Config = Backend>>(
        &self,
        max_size: usize,
    ) -> Builder<P, Arc<R>> {
        Builder::new(self.backend.clone(), Arc::clone(&self.runtime))
            .max_size(max_size)
            .get_timeout(None)
            .create_timeout(None)
            .recycle_timeout(None)
            .reset_timeout(None)
            .close_timeout(None)
    }

    pub(crate) fn pool(&self, max_size: usize) -> Pool<Probe, Arc<R>> {
        self.builder(max_size).build().expect("settings agree")
    }

    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Joined<T> {
        spawn(&*self.runtime, task)
    }

    /// Waits until something is so.
    pub(crate) async fn until(&self, is_so: impl Fn() -> bool) {
        while !is_so() {
            self.runtime.sleep(Duration::from_millis(1)).await;
        }
    }

    /// Checks that so much time has passed, and hardly more.
    pub(crate) fn assert_took(&self, begun: Instant, time: Duration) {
        assert_took(self.runtime.now(), begun, time);
    }
}

pub(crate) fn assert_took(now: Instant, begun: Instant, time: Duration) {
    let took = now.saturating_duration_since(begun);
    // The clock and the timer may be two, one of them coarse.
    let least = time.saturating_sub(Duration::from_millis(2));
    assert!((least..time + GRACE).contains(&took), "it took {took:?}, not {time:?}");
}

/// What a create, a check, a reset or a close does.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Plan {
    #[default]
    Succeed,
    Fail,
    Panic,
    Hang,
    /// Succeeds after it has let others run.
    Pause,
    /// Succeeds when the gate is opened.
    Gate,
    /// Panics when the gate is opened.
    PanicAtGate,
    /// Succeeds after a while.
    Sleep,
}

#[derive(Default)]
pub(crate) struct Plans {
    pub(crate) create: Plan,
    pub(crate) check: Plan,
    pub(crate) reset: Plan,
    pub(crate) close: Plan,
}

#[derive(Clone)]
pub(crate) struct Backend(Arc<Counts>);

struct Counts {
    runtime: Arc<dyn Runtime>,
    alive: AtomicUsize,
    most_alive: AtomicUsize,
    created: AtomicUsize,
    checked: AtomicUsize,
    plans: Mutex<Plans>,
    gate: Gate,
}

impl Backend {
    /// Changes what is done from here on.
    pub(crate) fn plan(&self, change: impl FnOnce(&mut Plans)) {
        change(&mut self.0.plans.lock());
    }

    /// Lets so many through the gate.
    pub(crate) fn open(&self, count: usize) {
        self.0.gate.open(count);
    }

    /// Resources that exist, half-made ones included.
    pub(crate) fn alive(&self) -> usize {
        self.0.alive.load(SeqCst)
    }

    pub(crate) fn most_alive(&self) -> usize {
        self.0.most_alive.load(SeqCst)
    }

    /// Creates that were begun.
    pub(crate) fn created(&self) -> usize {
        self.0.created.load(SeqCst)
    }

    /// Checks that were begun.
    pub(crate) fn checked(&self) -> usize {
        self.0.checked.load(SeqCst)
    }

    fn planned(&self, which: impl FnOnce(&Plans) -> Plan) -> Plan {
        which(&self.0.plans.lock())
    }

    async fn act(&self, plan: Plan) -> Result<(), Refusal> {
        match plan {
            Plan::Succeed => Ok(()),
            Plan::Fail => Err(Refusal),
            Plan::Panic => panic!("as planned"),
            Plan::Hang => std::future::pending().await,
            Plan::Pause => {
                pause().await;
                Ok(())
            }
            Plan::Gate => {
                self.0.gate.pass().await;
                Ok(())
            }
            Plan::PanicAtGate => {
                self.0.gate.pass().await;
                panic!("as planned");
            }
            Plan::Sleep => {
                self.0.runtime.sleep(SOON).await;
                Ok(())
            }
        }
    }
}

/// The backend's "no".
#[derive(Debug)]
pub(crate) struct Refusal;

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refusal {}

/// Counts itself from the first moment of its create to its drop, and has a check.
pub(crate) struct Probe {
    /// The how-manieth create made it.
    pub(crate) number: usize,
    backend: Backend,
}

impl Probe {
    fn new(backend: &Backend) -> Self {
        let number = backend.0.created.fetch_add(1, SeqCst) + 1;
        let alive = backend.0.alive.fetch_add(1, SeqCst) + 1;
        backend.0.most_alive.fetch_max(alive, SeqCst);
        Self { number, backend: backend.clone() }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.backend.0.alive.fetch_sub(1, SeqCst);
    }
}

impl Pooled for Probe {
    type Resource = Self;
    type Config = Backend;
    type Error = Refusal;

    async fn create(backend: &Backend) -> Result<Self, Refusal> {
        let half_made = Self::new(backend);
        backend.act(backend.planned(|plans| plans.create)).await?;
        Ok(half_made)
    }

    async fn recycle(_: &mut Self, backend: &Backend, _: &Usage<'_>) -> Result<(), Refusal> {
        backend.0.checked.fetch_add(1, SeqCst);
        backend.act(backend.planned(|plans| plans.check)).await
    }
}

/// Is reset on return and says goodbye in the end.
pub(crate) struct Polite(pub(crate) Probe);

impl Pooled for Polite {
    type Resource = Self;
    type Config = Backend;
    type Error = Refusal;

    async fn create(backend: &Backend) -> Result<Self, Refusal> {
        Probe::create(backend).await.map(Self)
    }

    async fn reset(polite: &mut Self) -> Result<(), Refusal> {
        let backend = polite.0.backend.clone();
        backend.act(backend.planned(|plans| plans.reset)).await
    }

    async fn close(polite: Self) {
        let backend = polite.0.backend.clone();
        drop(backend.act(backend.planned(|plans| plans.close)).await);
        drop(polite);
    }
}

/// Checks that nothing is lost: all of the pool can be lent, and no more.
pub(crate) async fn assert_whole<P, R>(pool: &Pool<P, R>, backend: &Backend)
where
    P: Pooled<Config = Backend, Error = Refusal>,
    R: Runtime,
{
    let max_size = pool.status().max_size;
    let mut items = Vec::new();
    for held in 0..max_size {
        items.push(pool.get().await.unwrap_or_else(|error| panic!("holding {held}: {error}")));
    }
    assert!(pool.get_timeout(Duration::ZERO).await.is_err(), "it lent more than its maximum");
    assert_eq!(backend.alive(), max_size);
    drop(items);
    let status = pool.status();
    let rest = (status.in_use, status.waiting, status.creating);
    assert_eq!(rest, (0, 0, 0), "{status}");
}
