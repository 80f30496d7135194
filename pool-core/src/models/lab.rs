//! What the models are made of: resources that count themselves, an executor of the checker's
//! threads, and the assertion that nothing was lost.

use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::checker::{block_on, thread};
use crate::error::{GetError, TryGetError};
use crate::pool::builder::Builder;
use crate::pooled::Pooled;
use crate::runtime::{Runtime, Sleep, Task};
use crate::settings::Settings;
use crate::shell::item::Item;
use crate::usage::Usage;

pub(super) type Pool<P> = crate::pool::Pool<P, Executor>;

/// A pool under test, the threads that use it, and what will happen in it.
pub(super) struct Lab<P: Pooled> {
    pub(super) pool: Pool<P>,
    pub(super) plan: Arc<Plan>,
    threads: Threads,
}

/// How creates and checks will go, and what has come of them. Behind std's atomics, which the
/// checkers do not see: it is no part of what is checked.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// What is pending once before it ends: any of [`CREATE`], [`CHECK`], [`RESET`], [`CLOSE`].
    pub(super) slow: AtomicU32,
    /// No create ever ends.
    pub(super) never_made: AtomicBool,
    /// The executor drops what it is given, as one does that has shut down.
    pub(super) has_no_executor: bool,
    /// A bit for each create, from the lowest on and round again: whether it fails.
    pub(super) failing: AtomicU32,
    /// The same for each check.
    pub(super) unfit: AtomicU32,
    pub(super) census: Census,
}

pub(super) const CREATE: u32 = 1;
pub(super) const CHECK: u32 = 2;
pub(super) const RESET: u32 = 4;
pub(super) const CLOSE: u32 = 8;

/// What there is and was.
#[derive(Debug, Default)]
pub(super) struct Census {
    live: AtomicUsize,
    most: AtomicUsize,
    made: AtomicUsize,
}

impl<P: Testable> Lab<P> {
    /// A pool of `max_size` in which all goes well.
    pub(super) fn new(max_size: usize) -> Self {
        Self::of(max_size, Plan::default())
    }

    pub(super) fn of(max_size: usize, plan: Plan) -> Self {
        Self::built(plan, |builder| builder.max_size(max_size))
    }

    pub(super) fn built(
        plan: Plan,
        settings: impl FnOnce(Builder<P, Executor>) -> Builder<P, Executor>,
    ) -> Self {
        let plan = Arc::new(plan);
        let threads = Threads::default();
        let executor = Executor { is_gone: plan.has_no_executor, threads: threads.clone() };
        // A pause between creates would never end, and neither would one between two rounds of
        // sweeping: a model that wants some makes them.
        let builder = Builder::new(Arc::clone(&plan), executor)
            .create_backoff(None)
            .get_timeout(None)
            .patience(None);
        let pool = settings(builder).build().expect("the settings agree");
        Self { pool, plan, threads }
    }

    /// Has a thread do something with the pool.
    pub(super) fn spawn(&self, work: impl FnOnce(&Pool<P>) + Send + 'static) {
        let pool = self.pool.clone();
        self.threads.spawn(move || work(&pool));
    }

    /// Has a thread do something while it keeps no pool from being dropped.
    pub(super) fn spawn_without_pool(&self, work: impl FnOnce() + Send + 'static) {
        self.threads.spawn(work);
    }

    /// One round of sweeping, as the pool's own task makes them where time goes on.
    pub(super) fn sweep(&self) {
        let shared = &self.pool.shared;
        let all = shared.with(|state| {
            let settings = *state.settings();
            let mut begun =
                state.reconfigure(Settings { patience: Some(Duration::ZERO), ..settings });
            begun.sweep = false;
            let (swept, _) = state.sweep(shared.runtime.now());
            [begun, swept, state.reconfigure(settings)]
        });
        all.into_iter().for_each(|effects| shared.carry_out(effects));
    }

    /// How many threads and tasks were begun and have not been joined.
    pub(super) fn running(&self) -> usize {
        self.threads.lock().len()
    }

    /// Waits until all threads and tasks have ended.
    pub(super) fn join(&self) {
        self.threads.join();
    }

    /// Waits for everybody, then asserts that nothing was lost: the pool lends `max_size`
    /// resources at once, its counts agree with what was really made and ended, and it closes.
    /// More than `ceiling` never existed.
    pub(super) fn ends_whole_below(self, max_size: usize, ceiling: usize) {
        self.join();
        let (pool, plan) = (&self.pool, &self.plan);
        let status = pool.status();
        assert_eq!((status.max_size, status.size), (max_size, status.idle), "at rest: {status}");
        assert_eq!((plan.live(), status.waiting), (status.idle, 0), "at rest: {status}");
        assert!(status.idle <= max_size, "at rest: {status}");

        for trouble in [&plan.slow, &plan.failing, &plan.unfit] {
            trouble.store(0, Relaxed);
        }
        let items: Vec<_> = (0..max_size).map(|_| get(pool)).collect();
        self.join();
        let status = pool.status();
        assert_eq!((status.size, status.in_use, status.waiting), (max_size, max_size, 0));
        assert!(matches!(pool.try_get(), Err(TryGetError::Empty)), "all are lent");
        assert_eq!(plan.live(), max_size);

        let counters = pool.counters();
        let ended = [counters.served, counters.timed_out, counters.cancelled, counters.failed];
        assert_eq!(counters.started, ended.iter().sum(), "{counters:?}");
        assert!(counters.served >= max_size as u64, "{counters:?}");
        let gone = counters.ended + counters.detached;
        assert_eq!(counters.created + counters.inserted, plan.census.made.load(Relaxed) as u64);
        assert_eq!(gone, (plan.census.made.load(Relaxed) - max_size) as u64, "{counters:?}");

        drop(items);
        block_on(pool.close());
        self.ends_empty_below(ceiling);
    }

    pub(super) fn ends_whole(self, max_size: usize) {
        self.ends_whole_below(max_size, max_size);
    }

    /// Waits for everybody, then asserts that nothing is left in a closed pool.
    pub(super) fn ends_empty_below(self, ceiling: usize) {
        self.join();
        let status = self.pool.status();
        assert!(self.pool.is_closed());
        assert_eq!((status.size, status.waiting), (0, 0), "closed: {status}");
        assert_eq!(self.plan.live(), 0, "closed: {status}");
        self.plan.assert_never_above(ceiling);
    }

    /// Drops the pool, waits for everybody, then asserts that nothing is left.
    pub(super) fn ends_dropped_below(self, ceiling: usize) {
        let Self { pool, plan, threads } = self;
        drop(pool);
        threads.join();
        assert_eq!(plan.live(), 0);
        plan.assert_never_above(ceiling);
    }
}

impl Plan {
    pub(super) fn slow(what: u32) -> Self {
        Self { slow: AtomicU32::new(what), ..Self::default() }
    }

    pub(super) fn live(&self) -> usize {
        self.census.live.load(Relaxed)
    }

    pub(super) fn assert_never_above(&self, ceiling: usize) {
        let most = self.census.most.load(Relaxed);
        assert!(most <= ceiling, "{most} existed at once, not at most {ceiling}");
    }

    /// What was made for the pool never came into it.
    pub(super) fn forget(&self, thing: Thing) {
        drop(thing);
        self.census.made.fetch_sub(1, Relaxed);
    }

    async fn dawdle(&self, what: u32) {
        if self.slow.load(Relaxed) & what != 0 {
            pend_once().await;
        }
    }
}

/// A resource that is counted as long as it lives.
#[derive(Debug)]
pub(super) struct Thing(Arc<Plan>);

impl Thing {
    pub(super) fn new(plan: &Arc<Plan>) -> Self {
        plan.census.made.fetch_add(1, Relaxed);
        let before = plan.census.live.fetch_add(1, Relaxed);
        plan.census.most.fetch_max(before + 1, Relaxed);
        Self(Arc::clone(plan))
    }

    async fn create(plan: &Arc<Plan>) -> Result<Self, Refusal> {
        plan.dawdle(CREATE).await;
        if plan.never_made.load(Relaxed) {
            pending::<()>().await;
        }
        if draw(&plan.failing) { Err(Refusal) } else { Ok(Self::new(plan)) }
    }
}

impl Drop for Thing {
    fn drop(&mut self) {
        self.0.census.live.fetch_sub(1, Relaxed);
    }
}

/// Why a create or a check failed.
#[derive(Debug)]
pub(super) struct Refusal;

/// What the lab can make.
pub(super) trait Testable:
    Pooled<Resource = Thing, Config = Arc<Plan>, Error = Refusal>
{
}

impl<P: Pooled<Resource = Thing, Config = Arc<Plan>, Error = Refusal>> Testable for P {}

/// Resources without check, reset and goodbye.
pub(super) struct Plain;

impl Pooled for Plain {
    type Resource = Thing;
    type Config = Arc<Plan>;
    type Error = Refusal;

    async fn create(plan: &Arc<Plan>) -> Result<Thing, Refusal> {
        Thing::create(plan).await
    }
}

/// Resources with a check, a reset and a goodbye.
pub(super) struct Careful;

impl Pooled for Careful {
    type Resource = Thing;
    type Config = Arc<Plan>;
    type Error = Refusal;

    async fn create(plan: &Arc<Plan>) -> Result<Thing, Refusal> {
        Thing::create(plan).await
    }

    async fn recycle(_: &mut Thing, plan: &Arc<Plan>, _: &Usage<'_>) -> Result<(), Refusal> {
        plan.dawdle(CHECK).await;
        if draw(&plan.unfit) { Err(Refusal) } else { Ok(()) }
    }

    async fn reset(thing: &mut Thing) -> Result<(), Refusal> {
        thing.0.dawdle(RESET).await;
        Ok(())
    }

    async fn close(thing: Thing) {
        thing.0.dawdle(CLOSE).await;
    }
}

/// Runs each task on a thread of its own, or drops it. Its time stands still.
pub(super) struct Executor {
    is_gone: bool,
    threads: Threads,
}

impl Runtime for Executor {
    fn now(&self) -> Instant {
        #[expect(clippy::disallowed_methods, reason = "any instant will do; it does not move on")]
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        *START
    }

    fn sleep(&self, _: Duration) -> Sleep {
        Box::pin(pending())
    }

    fn spawn(&self, task: Task) {
        if !self.is_gone {
            self.threads.spawn(|| block_on(task));
        }
    }
}

/// The threads that have not been joined. Behind std's lock, which is held across no step of the
/// checkers.
#[derive(Clone, Default)]
struct Threads(Arc<Mutex<Vec<thread::JoinHandle<()>>>>);

impl Threads {
    fn spawn(&self, work: impl FnOnce() + Send + 'static) {
        let thread = thread::spawn(work);
        self.lock().push(thread);
    }

    fn join(&self) {
        loop {
            let Some(thread) = self.lock().pop() else { return };
            thread.join().expect("a thread that panics ends the model");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<thread::JoinHandle<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gets what cannot be refused.
pub(super) fn get<P: Testable>(pool: &Pool<P>) -> Item<P> {
    try_get(pool).expect("no create fails and the pool is open")
}

pub(super) fn try_get<P: Testable>(pool: &Pool<P>) -> Result<Item<P>, GetError<Refusal>> {
    block_on(pool.get())
}

/// Begins a get and drops it unless it has ended.
pub(super) fn abandon<P: Testable>(pool: &Pool<P>) {
    let mut get = pin!(pool.get());
    drop(poll_once(get.as_mut()));
}

/// Polls a future once, with a waker of its own.
pub(super) fn poll_once<F: Future + ?Sized>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    block_on(poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))))
}

/// Is pending at the first poll, and woken at once.
async fn pend_once() {
    let mut is_over = false;
    poll_fn(|cx: &mut Context<'_>| {
        if std::mem::replace(&mut is_over, true) {
            return Poll::Ready(());
        }
        #[expect(clippy::disallowed_methods, reason = "as an executor's own future does")]
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The lowest bit, which becomes the highest.
fn draw(bits: &AtomicU32) -> bool {
    let rotated = bits.fetch_update(Relaxed, Relaxed, |bits| Some(bits.rotate_right(1)));
    rotated.is_ok_and(|before| before & 1 == 1)
}
