//! The states in which a future can find a pool, what frees something in each, and how each heals.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use pool_core::testing::{Backend, Plan, Refusal};
use pool_tests::OnTokio;
use pool_tokio::{Item, Pool, Pooled};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A resource of the tests' own: it is counted, and does as its backend says.
pub(crate) trait Counted:
    Pooled<Resource = Self, Config = Backend, Error = Refusal> + Send
{
}

impl<P: Pooled<Resource = P, Config = Backend, Error = Refusal> + Send> Counted for P {}

/// A state of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scene {
    Empty,
    CreatesAtTheGate,
    CreatesTakeAWhile,
    CreatesHangBesideALentOne,
    AllLent,
    OneIdle,
    CheckAtTheGate,
    Unfit,
    UnfitAndCreatesTakeAWhile,
    Outage,
    OutageBesideALentOne,
    Shrunk,
    Suspended,
    ResetAtTheGate,
    CloseAtTheGate,
    Closed,
}

pub(crate) const SCENES: [Scene; 16] = [
    Scene::Empty,
    Scene::CreatesAtTheGate,
    Scene::CreatesTakeAWhile,
    Scene::CreatesHangBesideALentOne,
    Scene::AllLent,
    Scene::OneIdle,
    Scene::CheckAtTheGate,
    Scene::Unfit,
    Scene::UnfitAndCreatesTakeAWhile,
    Scene::Outage,
    Scene::OutageBesideALentOne,
    Scene::Shrunk,
    Scene::Suspended,
    Scene::ResetAtTheGate,
    Scene::CloseAtTheGate,
    Scene::Closed,
];

/// A pool in some state, with what keeps it there.
pub(crate) struct Stage<P: Pooled> {
    pub(crate) backend: Backend,
    pub(crate) pool: Pool<P>,
    pub(crate) held: Vec<Item<P>>,
}

impl<P: Counted> Stage<P> {
    async fn new(max_size: usize, min_size: usize, held: usize) -> Self {
        let backend = Backend::on_tokio();
        // No time-out may rescue a lost wake-up.
        let builder = Pool::<P>::builder(backend.clone()).get_timeout(None);
        let pool = builder.max_size(max_size).min_size(min_size).build().expect("settings agree");
        let mut items = Vec::new();
        for _ in 0..held {
            items.push(pool.get().await.expect("made"));
        }
        Self { backend, pool, held: items }
    }

    /// Has everything succeed from here on, and lets go of what was held.
    pub(crate) fn heal(&mut self) {
        self.backend
            .creates(Plan::Succeed)
            .checks(Plan::Succeed)
            .resets(Plan::Succeed)
            .closes(Plan::Succeed);
        self.backend.open(100);
        self.held.clear();
        self.pool.resume();
    }
}

impl Scene {
    /// Sets a pool into this state; `to_fill` is one that may be filled by its user, as no get has
    /// set the executor to it yet.
    pub(crate) async fn set<P: Counted>(self, to_fill: bool) -> Stage<P> {
        let (max_size, held) = match self {
            Self::Empty | Self::CreatesAtTheGate | Self::CreatesTakeAWhile => (2, 0),
            Self::Outage => (1, 0),
            Self::AllLent | Self::Shrunk => (2, 2),
            Self::CreatesHangBesideALentOne | Self::OutageBesideALentOne | Self::OneIdle => (2, 1),
            Self::CheckAtTheGate
            | Self::Unfit
            | Self::UnfitAndCreatesTakeAWhile
            | Self::Suspended
            | Self::ResetAtTheGate
            | Self::CloseAtTheGate
            | Self::Closed => (1, 1),
        };
        let lacks_all = to_fill && held == 0 && self != Self::Outage;
        let min_size = if lacks_all { max_size } else { 0 };
        let mut stage = Stage::<P>::new(max_size, min_size, held).await;
        let Stage { backend, pool, held } = &mut stage;
        match self {
            Self::Empty | Self::AllLent => {}
            Self::CreatesAtTheGate => drop(backend.creates(Plan::Gate)),
            Self::CreatesTakeAWhile => drop(backend.creates(Plan::After(A_WHILE))),
            Self::CreatesHangBesideALentOne => drop(backend.creates(Plan::Hang)),
            Self::OneIdle => held.clear(),
            Self::CheckAtTheGate => {
                backend.checks(Plan::Gate);
                held.clear();
            }
            Self::Unfit => {
                backend.checks(Plan::Fail);
                held.clear();
            }
            Self::UnfitAndCreatesTakeAWhile => {
                backend.checks(Plan::Fail).creates(Plan::After(A_WHILE));
                held.clear();
            }
            Self::Outage | Self::OutageBesideALentOne => {
                backend.creates(Plan::Fail);
                for _ in 0..5 {
                    let failed = pool.get_timeout(Duration::from_millis(20)).await;
                    assert!(failed.is_err(), "the server is down");
                }
            }
            Self::Shrunk => pool.resize(1),
            Self::Suspended => {
                held.clear();
                pool.suspend();
            }
            Self::ResetAtTheGate => {
                backend.resets(Plan::Gate);
                held.clear();
            }
            Self::CloseAtTheGate => {
                backend.closes(Plan::Gate);
                held.drain(..).for_each(Item::discard);
            }
            Self::Closed => drop(pool.close()),
        }
        stage
    }

    /// One thing happens that frees something.
    pub(crate) fn free_something<P: Counted>(self, stage: &mut Stage<P>) {
        match self {
            Self::Empty | Self::OneIdle | Self::Unfit => stage.pool.invalidate_all(),
            Self::CreatesTakeAWhile
            | Self::UnfitAndCreatesTakeAWhile
            | Self::Outage
            | Self::OutageBesideALentOne => drop(stage.backend.creates(Plan::Succeed)),
            Self::CreatesAtTheGate => stage.backend.creates(Plan::Succeed).open(1),
            Self::CheckAtTheGate => stage.backend.checks(Plan::Succeed).open(1),
            Self::ResetAtTheGate => stage.backend.resets(Plan::Succeed).open(1),
            Self::CloseAtTheGate => stage.backend.closes(Plan::Succeed).open(1),
            Self::CreatesHangBesideALentOne | Self::AllLent | Self::Shrunk | Self::Closed => {
                drop(stage.held.pop());
            }
            Self::Suspended => stage.pool.resume(),
        }
    }

    /// Whether that is enough to serve everybody at once, one after the other.
    pub(crate) fn serves_all(self, comes_back: bool) -> bool {
        match self {
            Self::Empty
            | Self::CreatesAtTheGate
            | Self::CheckAtTheGate
            | Self::OneIdle
            | Self::Unfit
            | Self::AllLent
            | Self::Suspended
            | Self::ResetAtTheGate
            | Self::CloseAtTheGate
            | Self::Closed => true,
            Self::CreatesHangBesideALentOne => comes_back,
            Self::CreatesTakeAWhile
            | Self::UnfitAndCreatesTakeAWhile
            | Self::Outage
            | Self::OutageBesideALentOne
            | Self::Shrunk => false,
        }
    }

    /// How long waiters may have to wait after everything has healed, and how long until the
    /// capacity is whole: what the last slow create, back-off or time-out of one may still take.
    /// What `comes_back` serves meanwhile.
    pub(crate) fn delays(self, comes_back: bool) -> (Duration, Duration) {
        let until_whole = match self {
            Self::CreatesTakeAWhile | Self::UnfitAndCreatesTakeAWhile => A_WHILE,
            Self::Outage | Self::OutageBesideALentOne => BACKOFF,
            Self::CreatesHangBesideALentOne => CREATE_TIMEOUT,
            _ => Duration::ZERO,
        };
        (if comes_back { Duration::ZERO } else { until_whole }, until_whole)
    }
}

/// Who was served, or told why not, in this order.
pub(crate) type Log = Arc<Mutex<Vec<&'static str>>>;

/// A waiter that must not suffer from what the future beside it does.
pub(crate) async fn neighbour<P: Counted>(
    pool: &Pool<P>,
    name: &'static str,
    log: &Log,
) -> JoinHandle<()> {
    let (pool, log) = (pool.clone(), log.clone());
    let task = tokio::spawn(async move {
        let ended = pool.get().await;
        log.lock().push(name);
        drop(ended);
    });
    others_run(3).await;
    task
}

/// Lets every task run so many times.
pub(crate) async fn others_run(turns: usize) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

/// Lets time go by, and every task run.
pub(crate) async fn others_run_for(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
        others_run(TURNS).await;
    }
}

/// Checks that all that the pool may have can be had within `delay`, or within `patience` for each,
/// if that was given to somebody who does not look.
pub(crate) async fn assert_capacity<P: Counted>(
    stage: &Stage<P>,
    delay: Duration,
    patience: Duration,
    case: &str,
) {
    let Stage { backend, pool, .. } = stage;
    let begun = Instant::now();
    let mut limit = delay;
    if pool.is_closed() {
        pool.close_within(Duration::from_secs(20)).await.expect("everything goes");
    } else {
        let max_size = pool.status().max_size;
        limit += patience * u32::try_from(max_size).expect("a few");
        let mut items = Vec::new();
        for held in 0..max_size {
            let get = pool.get_timeout(Duration::from_secs(20)).await;
            items.push(get.unwrap_or_else(|error| panic!("{case}, holding {held}: {error}")));
        }
        assert!(pool.get_timeout(Duration::ZERO).await.is_err(), "{case}: more than max_size");
        assert_eq!(backend.alive(), max_size, "{case}");
        drop(items);
        pool.settled().await;
    }
    let took = begun.elapsed();
    assert!(took <= limit + RESOLUTION * u32::from(!limit.is_zero()), "{case}: took {took:?}");
    others_run(TURNS).await;
}

/// As `assert_capacity`, and that all adds up when nobody is left.
pub(crate) async fn assert_whole<P: Counted>(stage: &Stage<P>, delay: Duration, case: &str) {
    let Stage { backend, pool, .. } = stage;
    assert_capacity(stage, delay, Duration::ZERO, case).await;
    let (status, counters) = (pool.status(), pool.counters());
    let busy = (status.in_use, status.waiting, status.creating, status.closing);
    assert_eq!(busy, (0, 0, 0, 0), "{case}: {status}");
    assert_eq!(status.size, backend.alive(), "{case}: {status}");
    let ended = counters.served + counters.timed_out + counters.cancelled + counters.failed;
    assert_eq!((counters.started, counters.waiting), (ended, 0), "{case}: {counters:?}");
    let gone = counters.ended + counters.detached;
    assert_eq!(counters.created, gone + status.size as u64, "{case}: {counters:?}");
}

/// Enough for everybody to come to an end. Not more, as there are many cases.
pub(crate) const TURNS: usize = 12;

const A_WHILE: Duration = Duration::from_millis(10);

/// The longest pause between creates, by default.
const BACKOFF: Duration = Duration::from_millis(50);

/// The default, with the first pause after it.
const CREATE_TIMEOUT: Duration = Duration::from_millis(10_002);

/// How long something may stay with who does not look, while others wait: two rounds of the default,
/// each later by what the timer can't tell.
pub(crate) const PATIENCE: Duration = Duration::from_millis(22);

/// That of tokio's timer.
const RESOLUTION: Duration = Duration::from_millis(1);
