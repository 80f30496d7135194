//! Gets and fills that nobody polls any more: what they began goes on in the executor, and what they
//! were given goes to the next (laws G1, G2).
//!
//! A future is *kept* here when it was polled once and is not polled again, for a while or for ever.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::GetError;
use crate::event::{Event, Operation};
use crate::observer::{Observer, Span};
use crate::pool::Pool;
use crate::runtime::{Runtime, Sleep, Task};
use crate::settings::Backoff;
use crate::shell::item::Item;
use crate::testing::tasks::{Joined, caught, on_a_thread, poll_once};
use crate::testing::world::{SOON, World};
use crate::testing::{Plan, Probe, Refusal};

type Kept = Pin<Box<dyn Future<Output = Result<Item<Probe>, GetError<Refusal>>> + Send>>;

/// Polls a get once, and keeps it.
async fn keep<R: Runtime>(pool: &Pool<Probe, Arc<R>>) -> Kept {
    keep_get(Box::pin(pool.get_owned())).await
}

async fn keep_get(mut get: Kept) -> Kept {
    assert!(poll_once(get.as_mut()).await.is_pending(), "there is nothing to keep");
    get
}

/// A task that gets: it says which it was served.
fn getter<R: Runtime>(world: &World<R>, pool: &Pool<Probe, Arc<R>>) -> Joined<usize> {
    let get = pool.get_owned();
    world.spawn(async move { get.await.expect("served").number() })
}

/// What goes on serves another as well as whoever began it.
pub async fn a_get_kept_in_its_create_stops_no_other<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(4);
    world.backend.creates(Plan::After(SOON));
    let kept = keep(&pool).await;
    let begun = world.runtime.now();
    drop(pool.get().await.expect("served"));
    world.assert_took(begun, SOON);
    drop(kept);
    world.backend.creates(Plan::Succeed);
    world.until(|| pool.status().creating == 0).await;
    world.backend.assert_whole(&pool).await;
}

/// The one create is the kept get's, and the other is served by it.
pub async fn a_kept_get_stops_no_other_where_one_create_is_allowed<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.builder::<Probe>(4).max_creating(1).build().expect("settings agree");
    world.backend.creates(Plan::After(SOON));
    let kept = keep(&pool).await;
    let begun = world.runtime.now();
    drop(pool.get().await.expect("served"));
    world.assert_took(begun, SOON);
    drop(kept);
    world.backend.creates(Plan::Succeed);
    world.until(|| pool.status().creating == 0).await;
    world.backend.assert_whole(&pool).await;
}

/// The one create that an outage allows waits out its pause for a kept get.
pub async fn an_outage_ends_although_the_get_that_tries_again_is_kept<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let backoff = Backoff::new(SOON, SOON);
    let pool = world.builder::<Probe>(4).create_backoff(backoff).build().expect("they agree");
    world.backend.creates(Plan::Fail);
    assert!(matches!(pool.get().await, Err(GetError::Create(_))));
    let kept = keep(&pool).await;
    world.backend.creates(Plan::Succeed);
    // Half of the pause is left to chance.
    let begun = world.runtime.now();
    drop(pool.get().await.expect("served"));
    world.assert_took(begun, Duration::ZERO);
    drop(kept);
    world.backend.assert_whole(&pool).await;
}

/// After the create's own timeout, and not the get's.
pub async fn a_create_that_hangs_in_a_kept_get_frees_its_slot<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.builder::<Probe>(2).create_timeout(SOON).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    world.backend.creates(Plan::Hang);
    let kept = keep(&pool).await;
    world.backend.creates(Plan::Succeed);
    let begun = world.runtime.now();
    drop(pool.get().await.expect("served"));
    world.assert_took(begun, SOON);
    drop((kept, held));
    world.backend.assert_whole(&pool).await;
}

/// After the check's own timeout, and not the get's.
pub async fn a_check_that_hangs_in_a_kept_get_frees_its_slot<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.builder::<Probe>(1).recycle_timeout(SOON).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    world.backend.checks(Plan::Hang);
    let kept = keep(&pool).await;
    let begun = world.runtime.now();
    assert_eq!(pool.get().await.expect("served").number(), 2);
    world.assert_took(begun, SOON);
    drop(kept);
    world.backend.checks(Plan::Succeed);
    world.backend.assert_whole(&pool).await;
}

/// Another waits, and the kept get had its time to fetch it.
pub async fn a_resource_that_a_kept_get_was_given_goes_on<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    let held = pool.get().await.expect("made");
    let kept = keep(&pool).await;
    drop(held);
    assert_eq!(pool.status().in_use, 1, "it is with the kept get");
    let begun = world.runtime.now();
    assert_eq!(pool.get().await.expect("served").number(), 1);
    world.assert_took(begun, Duration::ZERO);
    drop(kept);
    world.backend.assert_whole(&pool).await;
}

/// The next creates instead.
pub async fn a_right_to_create_that_a_kept_get_was_given_goes_on<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    let held = pool.get().await.expect("made");
    let kept = keep(&pool).await;
    Item::discard(held);
    assert_eq!(pool.status().creating, 1, "it is with the kept get");
    let begun = world.runtime.now();
    assert_eq!(pool.get().await.expect("served").number(), 2);
    world.assert_took(begun, Duration::ZERO);
    drop(kept);
    world.backend.assert_whole(&pool).await;
}

/// Whatever the `patience`, and whether others wait or not.
pub async fn what_a_kept_get_was_given_goes_on_when_its_time_is_over<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.builder::<Probe>(1).patience(None).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let there = pool.clone();
    let kept = keep_get(Box::pin(async move { there.get_timeout(SOON).await })).await;
    let begun = world.runtime.now();
    drop(held);
    world.until(|| pool.status().idle == 1).await;
    world.assert_took(begun, SOON);
    drop(kept);
    world.backend.assert_whole(&pool).await;
}

/// Any number of gets but one may be kept, and the one is served.
pub async fn kept_gets_are_passed_over_one_by_one<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    let held = pool.get().await.expect("made");
    let kept = [keep(&pool).await, keep(&pool).await, keep(&pool).await];
    let live = getter(&world, &pool);
    world.until(|| pool.waiting() == 4).await;
    let begun = world.runtime.now();
    drop(held);
    assert_eq!(live.ended().await, 1);
    world.assert_took(begun, Duration::ZERO);
    drop(kept);
    world.backend.assert_whole(&pool).await;
}

/// It was passed over, and has not lost its turn.
pub async fn a_kept_get_is_first_when_it_is_polled_again<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    let held = pool.get().await.expect("made");
    let mut kept = keep(&pool).await;
    drop(held);
    let item = pool.get().await.expect("it went on");
    let newcomer = getter(&world, &pool);
    world.until(|| pool.waiting() == 2).await;
    assert!(poll_once(kept.as_mut()).await.is_pending());
    drop(item);
    let item = kept.await.expect("served");
    assert_eq!(pool.waiting(), 1, "the newcomer waits");
    drop(item);
    newcomer.ended().await;
    world.backend.assert_whole(&pool).await;
}

/// What it was given goes on at once, and what it had asked for goes on without it.
pub async fn a_kept_get_that_is_dropped_late_loses_nothing<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.builder::<Probe>(3).patience(None).build().expect("settings agree");
    let (one, two) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
    world.backend.creates(Plan::Gate);
    let kept = [keep(&pool).await, keep(&pool).await, keep(&pool).await];
    drop(one);
    Item::discard(two);
    let live = getter(&world, &pool);
    world.until(|| pool.waiting() == 4).await;
    drop(kept);
    assert_eq!(live.ended().await, 1);
    world.backend.creates(Plan::Succeed).open(1);
    world.until(|| pool.status().creating == 0).await;
    world.backend.assert_whole(&pool).await;
}

/// The check is ended by the executor, and its resource serves the next.
pub async fn a_get_that_times_out_in_its_check_costs_no_resource<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    drop(pool.get().await.expect("made"));
    world.backend.checks(Plan::Gate);
    assert!(pool.get_timeout(SOON).await.is_err_and(|error| error.is_timeout()));
    let live = getter(&world, &pool);
    world.until(|| pool.waiting() == 1).await;
    world.backend.open(1);
    assert_eq!(live.ended().await, 1);
    assert_eq!((world.backend.created(), world.backend.checked()), (1, 1));
    world.backend.checks(Plan::Succeed);
    world.backend.assert_whole(&pool).await;
}

/// Its creates serve whoever gets.
pub async fn a_kept_fill_keeps_no_place<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.builder::<Probe>(2).min_size(2).build().expect("settings agree");
    world.backend.creates(Plan::After(SOON));
    let mut fill = Box::pin(pool.fill());
    assert!(poll_once(fill.as_mut()).await.is_pending());
    let begun = world.runtime.now();
    drop(pool.get().await.expect("served"));
    world.assert_took(begun, SOON);
    assert_eq!(world.backend.created(), 2);
    fill.await.expect("filled");
    world.backend.assert_whole(&pool).await;
}

/// Whatever it was given, or has begun, and although nobody polls it: it learns of it when it looks.
pub async fn a_pool_closes_beside_kept_gets<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.builder::<Probe>(5).patience(None).build().expect("settings agree");
    let held = [pool.get().await, pool.get().await, pool.get().await, pool.get().await];
    let [checked, tried, given, right] = held.map(|item| item.expect("made"));
    world.backend.creates(Plan::Hang).checks(Plan::Hang);
    drop(checked);
    let in_check = keep(&pool).await;
    drop(tried);
    assert!(pool.try_get().is_err(), "its check is left to the executor");
    let in_create = keep(&pool).await;
    let (waiting, last) = (keep(&pool).await, keep(&pool).await);
    drop(given);
    Item::discard(right);
    let begun = world.runtime.now();
    pool.close().await;
    world.assert_took(begun, Duration::ZERO);
    assert_eq!((pool.status().size, world.backend.alive()), (0, 0));
    for kept in [in_check, in_create, waiting, last] {
        assert!(matches!(kept.await, Err(GetError::Closed)));
    }
}

/// The get that asked for the create unwinds, as if it had polled it.
pub async fn a_panic_of_a_create_in_the_executor_reaches_its_get<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    world.backend.creates(Plan::PanicAtGate);
    let kept = keep(&pool).await;
    world.backend.open(1);
    world.until(|| pool.status().creating == 0).await;
    let payload = caught(kept).await.map(drop).expect_err("it panics");
    assert_eq!(payload.downcast_ref(), Some(&"as planned"));
    world.backend.creates(Plan::Succeed);
    world.backend.assert_whole(&pool).await;
}

/// So does that which asked for the check.
pub async fn a_panic_of_a_check_in_the_executor_reaches_its_get<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let pool = world.pool(1);
    drop(pool.get().await.expect("made"));
    world.backend.checks(Plan::PanicAtGate);
    let kept = keep(&pool).await;
    world.backend.open(1);
    world.until(|| pool.status().size == 0).await;
    let payload = caught(kept).await.map(drop).expect_err("it panics");
    assert_eq!(payload.downcast_ref(), Some(&"as planned"));
    world.backend.checks(Plan::Succeed);
    world.backend.assert_whole(&pool).await;
}

/// What is ready at once needs none; the rest is told so, and not tried for ever.
pub async fn a_create_that_no_executor_takes_is_an_error<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(Arc::new(Idler(runtime)));
    let pool = world.pool(1);
    world.backend.creates(Plan::Gate);
    let begun = world.runtime.now();
    assert!(matches!(pool.get().await, Err(GetError::NoExecutor)));
    world.assert_took(begun, Duration::ZERO);
    assert!(world.backend.created() <= 2, "{} creates", world.backend.created());
    assert_eq!((pool.status().size, world.backend.alive()), (0, 0));
    world.backend.creates(Plan::Succeed);
    world.backend.assert_whole(&pool).await;
}

/// The get goes on, and is served by a create.
pub async fn a_check_that_no_executor_takes_costs_its_resource<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(Arc::new(Idler(runtime)));
    let pool = world.pool(1);
    drop(pool.get().await.expect("made"));
    world.backend.checks(Plan::Gate);
    assert_eq!(pool.get().await.expect("made anew").number(), 2);
    assert!(pool.try_get().is_err());
    assert_eq!((pool.status().size, world.backend.alive()), (0, 0));
    world.backend.checks(Plan::Succeed);
    world.backend.assert_whole(&pool).await;
}

/// An executor that drops each task that it is given.
struct Idler<R>(Arc<R>);

impl<R: Runtime> Runtime for Idler<R> {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.0.sleep(duration)
    }

    fn spawn(&self, task: Task) {
        drop(task);
    }
}

/// Code of others that parks the thread, such as a span's, takes no wake-up that is meant for the
/// get.
pub async fn a_thread_that_others_park_is_served<R: Runtime>(runtime: Arc<R>) {
    let world = World::new(runtime);
    let parks = Parks::default();
    let builder = world.builder::<Probe>(1).observer(parks.clone());
    let pool = builder.build().expect("settings agree");
    let held = pool.get().await.expect("made");
    parks.is_next.store(true, SeqCst);
    let there = pool.clone();
    let blocked = on_a_thread(move || there.get_blocking().map(|item| item.number()));
    world.until(|| parks.has_come.load(SeqCst)).await;
    let begun = world.runtime.now();
    drop(held);
    assert_eq!(blocked.ended().await.expect("handed over"), 1);
    world.assert_took(begun, Duration::ZERO);
}

/// An observer whose span parks the thread for a while, behind the next poll of a get.
#[derive(Clone, Default)]
struct Parks {
    is_next: Arc<AtomicBool>,
    has_come: Arc<AtomicBool>,
}

impl Observer for Parks {
    fn observe(&self, _: &Event) {}

    fn begin(&self, operation: Operation) -> Option<Box<dyn Span>> {
        (operation == Operation::Get).then(|| Box::new(self.clone()) as Box<dyn Span>)
    }
}

impl Span for Parks {
    fn enter(&self, work: &mut dyn FnMut()) {
        work();
        if self.is_next.swap(false, SeqCst) {
            self.has_come.store(true, SeqCst);
            // Woken by the return, if that unparks the thread.
            thread::park_timeout(SOON);
        }
    }

    fn end(&self, _: &Event) {}
}
