//! User code of every kind that does, at each call, what chance says; and what is counted of it.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pool_core::testing::Refusal;
use pool_tokio::{Pooled, Runtime, Sleep, Task, Tokio, Usage};

/// Where the pool calls a user's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Create,
    Recycle,
    Reset,
    Close,
    IsReusable,
    Drop,
    Observer,
    Predicate,
    Change,
    Wake,
    DropOfAWaker,
}

/// What the code does there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Ok,
    Err,
    Slow,
    Never,
    Panic,
}

use Behaviour::{Err as Fails, Never, Ok as Works, Panic, Slow};

impl Call {
    const ALL: [Self; 11] = [
        Self::Create,
        Self::Recycle,
        Self::Reset,
        Self::Close,
        Self::IsReusable,
        Self::Drop,
        Self::Observer,
        Self::Predicate,
        Self::Change,
        Self::Wake,
        Self::DropOfAWaker,
    ];

    /// What else than to work it can do.
    const fn faults(self) -> &'static [Behaviour] {
        match self {
            Self::Create | Self::Recycle | Self::Reset => &[Fails, Slow, Never, Panic],
            Self::Close => &[Slow, Never, Panic],
            Self::IsReusable | Self::Predicate | Self::Change => &[Fails, Panic],
            Self::Drop | Self::Observer | Self::Wake | Self::DropOfAWaker => &[Panic],
        }
    }
}

/// How often each call did what.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    calls: [[usize; 5]; Call::ALL.len()],
    /// So many futures were put aside and never polled again.
    pub(crate) aside: usize,
}

impl Tally {
    /// What has never happened, of the calls that `has` names.
    pub(crate) fn missing(&self, has: impl Fn(Call) -> bool) -> Vec<(Call, Behaviour)> {
        let all = Call::ALL.into_iter().filter(|call| has(*call));
        let all =
            all.flat_map(|call| call.faults().iter().map(move |behaviour| (call, *behaviour)));
        all.filter(|(call, behaviour)| self.calls[*call as usize][*behaviour as usize] == 0)
            .collect()
    }

    pub(crate) fn total(&self) -> usize {
        self.calls.iter().flatten().sum()
    }
}

/// A future that nobody polls any more.
type Aside = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What one pool lives in.
pub(crate) struct World {
    chance: Mutex<fastrand::Rng>,
    tally: Arc<Mutex<Tally>>,
    healed: AtomicBool,
    alive: AtomicUsize,
    most_alive: AtomicUsize,
    /// What was polled once and is kept.
    pub(crate) aside: Mutex<Vec<Aside>>,
    /// What should not have happened.
    pub(crate) wrongs: Mutex<Vec<String>>,
}

impl World {
    pub(crate) fn new(seed: u64, tally: &Arc<Mutex<Tally>>) -> Arc<Self> {
        Arc::new(Self {
            chance: Mutex::new(fastrand::Rng::with_seed(seed)),
            tally: tally.clone(),
            healed: AtomicBool::new(false),
            alive: AtomicUsize::new(0),
            most_alive: AtomicUsize::new(0),
            aside: Mutex::default(),
            wrongs: Mutex::default(),
        })
    }

    /// A number from 0 up to `below`.
    pub(crate) fn draw(&self, below: usize) -> usize {
        self.chance.lock().usize(..below)
    }

    /// Up to so many whole milliseconds.
    pub(crate) fn millis(&self, most: usize) -> Duration {
        Duration::from_millis(self.draw(most + 1) as u64)
    }

    /// What this call does.
    pub(crate) fn behaviour(&self, call: Call) -> Behaviour {
        if self.is_healed() {
            return Works;
        }
        let faults = call.faults();
        let behaviour = faults.get(self.draw(faults.len() * 3)).copied().unwrap_or(Works);
        self.tally.lock().calls[call as usize][behaviour as usize] += 1;
        behaviour
    }

    /// Whether this call works.
    ///
    /// # Panics
    ///
    /// If it is to panic.
    pub(crate) fn answers(&self, call: Call) -> bool {
        let behaviour = self.behaviour(call);
        assert!(behaviour != Panic, "as planned");
        behaviour == Works
    }

    /// From here on, everything works.
    pub(crate) fn heal(&self) {
        self.healed.store(true, SeqCst);
    }

    pub(crate) fn is_healed(&self) -> bool {
        self.healed.load(SeqCst)
    }

    pub(crate) fn alive(&self) -> usize {
        self.alive.load(SeqCst)
    }

    pub(crate) fn most_alive(&self) -> usize {
        self.most_alive.load(SeqCst)
    }

    async fn act(&self, call: Call) -> Result<(), Refusal> {
        match self.behaviour(call) {
            Works => Ok(()),
            Fails => Err(Refusal),
            Slow => {
                let sleep = Calm::default().sleep(self.millis(8));
                sleep.await;
                Ok(())
            }
            Never => std::future::pending().await,
            Panic => panic!("as planned"),
        }
    }
}

/// Counts itself from the first moment of its create to its drop.
struct Counted(Arc<World>);

impl Counted {
    async fn create(world: &Arc<World>) -> Result<Self, Refusal> {
        let alive = world.alive.fetch_add(1, SeqCst) + 1;
        world.most_alive.fetch_max(alive, SeqCst);
        let half_made = Self(world.clone());
        world.act(Call::Create).await?;
        Ok(half_made)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, SeqCst);
        // One that panics again while its own code unwinds is the end of any program.
        if !std::thread::panicking() {
            self.0.answers(Call::Drop);
        }
    }
}

/// Is neither reset nor closed.
pub(crate) struct Plain(Counted);

impl Pooled for Plain {
    type Resource = Self;
    type Config = Arc<World>;
    type Error = Refusal;

    async fn create(world: &Arc<World>) -> Result<Self, Refusal> {
        Counted::create(world).await.map(Self)
    }

    async fn recycle(_: &mut Self, world: &Arc<World>, _: &Usage<'_>) -> Result<(), Refusal> {
        world.act(Call::Recycle).await
    }

    fn is_reusable(plain: &mut Self) -> bool {
        plain.0.0.answers(Call::IsReusable)
    }
}

/// Is reset and closed.
pub(crate) struct WithCleanup(Counted);

impl Pooled for WithCleanup {
    type Resource = Self;
    type Config = Arc<World>;
    type Error = Refusal;

    async fn create(world: &Arc<World>) -> Result<Self, Refusal> {
        Counted::create(world).await.map(Self)
    }

    async fn recycle(_: &mut Self, world: &Arc<World>, _: &Usage<'_>) -> Result<(), Refusal> {
        world.act(Call::Recycle).await
    }

    fn is_reusable(it: &mut Self) -> bool {
        it.0.0.answers(Call::IsReusable)
    }

    async fn reset(it: &mut Self) -> Result<(), Refusal> {
        let world = it.0.0.clone();
        world.act(Call::Reset).await
    }

    async fn close(it: Self) {
        let world = it.0.0.clone();
        drop(world.act(Call::Close).await);
        drop(it);
    }
}

thread_local! {
    /// The waker behind a touchy one, while a future is polled with that.
    static BEHIND: RefCell<Option<Waker>> = const { RefCell::new(None) };
}

/// Wakes, and may panic then, or when it is dropped.
struct Touchy {
    behind: Waker,
    world: Arc<World>,
}

impl Wake for Touchy {
    fn wake(self: Arc<Self>) {
        self.behind.wake_by_ref();
        self.world.answers(Call::Wake);
    }
}

impl Drop for Touchy {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.world.answers(Call::DropOfAWaker);
        }
    }
}

/// Polls with a touchy waker.
pub(crate) fn poll_touchily<O>(
    world: &Arc<World>,
    cx: &mut Context<'_>,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<O>,
) -> Poll<O> {
    let behind = cx.waker().clone();
    BEHIND.set(Some(behind.clone()));
    let waker = Waker::from(Arc::new(Touchy { behind, world: world.clone() }));
    let polled = catch_unwind(AssertUnwindSafe(|| poll(&mut Context::from_waker(&waker))));
    BEHIND.set(None);
    // What the test itself drops may panic as well.
    drop(catch_unwind(AssertUnwindSafe(|| drop(waker))));
    polled.unwrap_or_else(|payload| resume_unwind(payload))
}

/// Tokio, which keeps touchy wakers away from its timers: a panic there is the end of the runtime.
#[derive(Debug, Default)]
pub(crate) struct Calm(Tokio);

impl Runtime for Calm {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let mut sleep = self.0.sleep(duration);
        Box::pin(std::future::poll_fn(move |cx| {
            let behind = BEHIND.with_borrow(Clone::clone);
            let waker = behind.as_ref().unwrap_or_else(|| cx.waker());
            sleep.as_mut().poll(&mut Context::from_waker(waker))
        }))
    }

    fn spawn(&self, task: Task) {
        self.0.spawn(task);
    }
}
