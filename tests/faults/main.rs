//! Laws P1, P2, W5, G1 and G2: whatever a user's code does where the pool calls it, and whatever the
//! user does meanwhile, such as putting gets aside that are never polled again, the capacity is whole
//! soon after it has come to its senses.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;
use pool_core::testing::Refusal;
use pool_tests::let_others_run;
use pool_tokio::{Builder, Event, Item, Pooled};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use world::{Call, Calm, Plain, Tally, WithCleanup, World, poll_touchily};

mod world;

type Pool<P> = pool_core::Pool<P, Calm>;

trait Kind: Pooled<Resource = Self, Config = Arc<World>, Error = Refusal> + Send {}

impl<P: Pooled<Resource = P, Config = Arc<World>, Error = Refusal> + Send> Kind for P {}

/// At most so many resources.
const MOST: usize = 3;

const CREATE_TIMEOUT: Duration = Duration::from_millis(20);

/// That of each check, reset and close.
const TIMEOUT: Duration = Duration::from_millis(10);

/// At most so many gets are put aside in one sample.
const MOST_ASIDE: usize = 3;

const PATIENCE: Duration = Duration::from_millis(2);

/// A hanging create, a check that hangs after it, a reset, a close, the longest pause before the
/// next create, two rounds of patience with each get that was put aside, and a few ticks of the
/// timer: by then the last fault is over.
const CONVALESCENCE: Duration = Duration::from_millis(20 + 10 + 10 + 10 + 50 + 3 * 2 * 3 + 6);

/// That of tokio's timer.
const RESOLUTION: Duration = Duration::from_millis(1);

fn build<P: Kind>(world: &Arc<World>) -> Pool<P> {
    let builder = Builder::<P, Calm>::new(world.clone(), Calm::default())
        .max_size(1 + world.draw(MOST))
        .min_size(world.draw(2))
        .get_timeout(None)
        .create_timeout(CREATE_TIMEOUT)
        .recycle_timeout(TIMEOUT)
        .reset_timeout(TIMEOUT)
        .close_timeout(TIMEOUT)
        .patience(PATIENCE)
        .max_lifetime((world.draw(4) == 0).then_some(TIMEOUT))
        .idle_timeout((world.draw(4) == 0).then_some(TIMEOUT));
    let observing = world.clone();
    let observer = move |_: &Event| {
        observing.answers(Call::Observer);
    };
    let builder = if world.draw(2) == 0 { builder.observer(observer) } else { builder };
    builder.build().expect("settings agree")
}

/// Gets an item; `None` if it was told why not, or the create or check panicked.
async fn get<P: Kind>(world: &Arc<World>, pool: &Pool<P>) -> Option<Item<P>> {
    let limit = (world.draw(3) > 0).then(|| world.millis(40));
    let touchy = world.draw(3) == 0;
    let mut get: Pin<Box<dyn Future<Output = _> + Send + '_>> = match limit {
        Some(limit) => Box::pin(pool.get_timeout(limit)),
        None => Box::pin(pool.get()),
    };
    let begun = Instant::now();
    let ended = poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| {
            if touchy {
                poll_touchily(world, cx, |cx| get.as_mut().poll(cx))
            } else {
                get.as_mut().poll(cx)
            }
        }));
        polled.map_or(Poll::Ready(None), |poll| poll.map(Result::ok))
    });
    let item = ended.await;
    let (took, limit) = (begun.elapsed(), limit.unwrap_or(Duration::MAX));
    if took > limit.saturating_add(RESOLUTION) {
        world.wrongs.lock().push(format!("a get within {limit:?} took {took:?}"));
    }
    item
}

/// Polls something of the pool's once and puts it aside, to be dropped when all is over.
fn put_aside(world: &Arc<World>, future: impl Future<Output = ()> + Send + 'static) {
    let mut future = Box::pin(future);
    let polled = catch_unwind(AssertUnwindSafe(|| {
        let mut cx = Context::from_waker(Waker::noop());
        poll_touchily(world, &mut cx, |cx| future.as_mut().poll(cx))
    }));
    if matches!(polled, Ok(Poll::Pending)) {
        world.aside.lock().push(future);
    }
}

/// Uses the pool a few times; that ends without a panic, as its drops never do (law P2).
async fn use_it<P: Kind>(world: Arc<World>, pool: Pool<P>) {
    for _ in 0..=world.draw(3) {
        if world.draw(8) == 0 && world.aside.lock().len() < MOST_ASIDE {
            let pool = pool.clone();
            put_aside(&world, async move { drop(pool.get().await) });
        }
        let Some(mut item) = get(&world, &pool).await else { continue };
        if world.is_healed() {
            continue;
        }
        match world.draw(10) {
            0 => Item::discard(item),
            1 => {
                let held = catch_unwind(AssertUnwindSafe(move || {
                    let _item = item;
                    panic!("as planned");
                }));
                assert!(held.is_err());
            }
            2 => {
                let time = world.millis(3);
                Item::run(&mut item, async |_| sleep(time).await).await;
            }
            3 => {
                // It leaves before it is dropped, and is the test's own to drop.
                let resource = Item::detach(item);
                drop(catch_unwind(AssertUnwindSafe(|| drop(resource))));
            }
            _ => sleep(world.millis(6)).await,
        }
    }
}

/// One thing that a user may do to a pool at any moment.
fn disturb<P: Kind>(world: &Arc<World>, pool: &Pool<P>, users: &mut [JoinHandle<()>]) {
    match world.draw(14) {
        0 | 1 => pool.resize(world.draw(MOST + 1)),
        2 => pool.suspend(),
        3 => pool.resume(),
        4 => pool.invalidate_all(),
        5 => pool.replace_config(world.clone()),
        6 | 7 => {
            for removed in pool.retain(|_, _| world.answers(Call::Predicate)) {
                drop(catch_unwind(AssertUnwindSafe(|| drop(removed))));
            }
        }
        8 => {
            let before = pool.settings();
            let changed = catch_unwind(AssertUnwindSafe(|| {
                pool.reconfigure(|settings| {
                    settings.min_idle = world.draw(2);
                    settings.max_creating = usize::from(world.answers(Call::Change));
                })
            }));
            // All or nothing.
            let unchanged = pool.settings() == before;
            assert!(unchanged || matches!(changed, Ok(Ok(()))));
        }
        // The check is polled here, and its panic is the caller's.
        9 => drop(catch_unwind(AssertUnwindSafe(|| pool.try_get().map(drop)))),
        10 => {
            let fill = pool.fill();
            let fill = async move { drop(fill.await) };
            if world.draw(2) == 0 {
                drop(tokio::spawn(fill));
            } else {
                put_aside(world, fill);
            }
        }
        11 if world.draw(3) == 0 => drop(pool.close()),
        _ => users[world.draw(users.len())].abort(),
    }
}

/// Checks that all that the pool may have can be had at once, and that everything adds up.
async fn assert_whole<P: Kind>(world: &World, pool: &Pool<P>, seed: u64) {
    let begun = Instant::now();
    let status = pool.status();
    let busy = (status.in_use, status.creating, status.closing, status.waiting);
    assert_eq!(busy, (0, 0, 0, 0), "{seed}: {status}");
    if !pool.is_closed() {
        let mut items = Vec::new();
        for held in 0..status.max_size {
            let get = pool.get_timeout(Duration::from_secs(20)).await;
            items.push(get.unwrap_or_else(|error| panic!("{seed}, holding {held}: {error}")));
        }
        assert_eq!(world.alive(), status.max_size, "{seed}");
        drop(items);
        // The minimum may lack one that was lent.
        let_others_run().await;
    }
    let (status, counters) = (pool.status(), pool.counters());
    assert_eq!((status.size, status.waiting), (world.alive(), 0), "{seed}: {status}");
    let ended = counters.served + counters.timed_out + counters.cancelled + counters.failed;
    assert_eq!((counters.started, counters.waiting), (ended, 0), "{seed}: {counters:?}");
    let gone = counters.ended + counters.detached;
    assert_eq!(counters.created, gone + status.size as u64, "{seed}: {counters:?}");
    pool.close().await;
    assert_eq!(world.alive(), 0, "{seed}");
    assert!(begun.elapsed().is_zero(), "{seed}: somebody waited for a timer");
}

/// One pool with a few users, some disturbances, and its convalescence.
async fn sample<P: Kind>(seed: u64, tally: &Arc<Mutex<Tally>>) {
    let world = World::new(seed, tally);
    let pool = build::<P>(&world);
    let max_size = pool.status().max_size;
    let mut users: Vec<_> =
        (0..=world.draw(6)).map(|_| tokio::spawn(use_it(world.clone(), pool.clone()))).collect();
    for _ in 0..=world.draw(10) {
        sleep(world.millis(8)).await;
        disturb(&world, &pool, &mut users);
        let (alive, status) = (world.alive(), pool.status());
        assert!(alive <= status.size, "{seed}: {alive} alive, {status}");
    }
    world.heal();
    pool.resize(max_size);
    pool.resume();
    sleep(CONVALESCENCE).await;
    for user in users {
        assert!(user.is_finished(), "{seed}: a user is stranded: {pool:?}");
        let panicked = user.await.is_err_and(|error| error.is_panic());
        assert!(!panicked, "{seed}: a drop has panicked");
    }
    // Only now those are dropped that nobody has polled all the time.
    let aside = std::mem::take(&mut *world.aside.lock());
    tally.lock().aside += aside.len();
    drop(aside);
    // What one of them was given may go to the minimum.
    let_others_run().await;
    let most = world.most_alive();
    assert!(most <= MOST, "{seed}: {most} alive of {MOST}");
    assert_whole(&world, &pool, seed).await;
    assert_eq!(*world.wrongs.lock(), [""; 0], "{seed}");
}

/// Draws so many samples as `POOL_SAMPLES` says, and sees to it that they had everything in them.
async fn sample_many<P: Kind>(has: impl Fn(Call) -> bool) {
    // Many panics are planned, and not worth a line each.
    std::panic::set_hook(Box::new(|panic| {
        if panic.payload().downcast_ref() != Some(&"as planned") {
            eprintln!("{panic}");
        }
    }));
    let samples = std::env::var("POOL_SAMPLES").ok().and_then(|samples| samples.parse().ok());
    let samples = samples.unwrap_or(3000);
    let tally = Arc::new(Mutex::new(Tally::default()));
    for seed in 0..samples {
        sample::<P>(seed, &tally).await;
    }
    let tally = tally.lock();
    println!("{samples} samples, {} calls: {tally:?}", tally.total());
    assert_eq!(tally.missing(has), [], "the samples had not everything in them");
    assert!(tally.aside as u64 > samples / 2, "hardly anything was put aside");
}

#[tokio::test(start_paused = true)]
async fn no_user_code_costs_a_pool_of_plain_resources_its_capacity() {
    sample_many::<Plain>(|call| !matches!(call, Call::Reset | Call::Close)).await;
}

#[tokio::test(start_paused = true)]
async fn no_user_code_costs_a_pool_of_resources_with_cleanup_its_capacity() {
    sample_many::<WithCleanup>(|_| true).await;
}
