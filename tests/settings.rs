//! Every setting takes every value, and the types are as small and as shareable as promised.

use std::convert::Infallible;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use pool_core::testing::{Backend, Plan, Probe, Refusal};
use pool_tests::OnTokio;
use pool_tokio::{
    Backoff, BuildError, GetError, Item, Pool, Pooled, RecyclePolicy, Settings, TokenPool,
};

/// Bounded in real time, so that nothing may wait for ever.
async fn use_it(pool: &Pool<Probe>) {
    let one = tokio::time::timeout(Duration::from_millis(200), pool.get()).await;
    let two = tokio::time::timeout(Duration::from_millis(200), pool.get()).await;
    drop((one, two));
    drop(tokio::time::timeout(Duration::from_millis(200), pool.get()).await);
    pool.resize(1);
    drop(pool.try_get());
    pool.close().await;
}

#[test]
fn the_settings_are_those_that_the_builder_was_given() {
    const MILLISECOND: Duration = Duration::from_millis(1);
    let pool = Backend::on_tokio().pool().build().expect("defaults agree");
    assert_eq!(pool.settings(), Settings::default());
    let backoff = Backoff::new(MILLISECOND, 9 * MILLISECOND);
    let builder = Backend::on_tokio().pool().max_size(9).min_size(8).min_idle(7).max_creating(6);
    let builder =
        builder.max_waiting(5).get_timeout(4 * MILLISECOND).create_timeout(3 * MILLISECOND);
    let builder =
        builder.recycle_timeout(None).reset_timeout(MILLISECOND).close_timeout(2 * MILLISECOND);
    let builder =
        builder.max_lifetime(7 * MILLISECOND).lifetime_jitter(7.0).idle_timeout(8 * MILLISECOND);
    let builder = builder.recycle_policy(RecyclePolicy::Never).create_backoff(backoff);
    let builder = builder.patience(6 * MILLISECOND);
    let pool = builder.discard_on_panic(false).build().expect("settings agree");
    let write = |settings: &mut Settings| {
        (settings.max_size, settings.min_size, settings.min_idle) = (9, 8, 7);
        (settings.max_creating, settings.max_waiting) = (6, Some(5));
        settings.get_timeout = Some(4 * MILLISECOND);
        settings.create_timeout = Some(3 * MILLISECOND);
        settings.recycle_timeout = None;
        settings.reset_timeout = Some(MILLISECOND);
        settings.close_timeout = Some(2 * MILLISECOND);
        settings.max_lifetime = Some(7 * MILLISECOND);
        settings.lifetime_jitter = 1.0;
        settings.idle_timeout = Some(8 * MILLISECOND);
        settings.recycle_policy = RecyclePolicy::Never;
        settings.create_backoff = Some(backoff);
        settings.patience = Some(6 * MILLISECOND);
        settings.discard_on_panic = false;
    };
    let mut written = Settings::default();
    write(&mut written);
    assert_eq!(pool.settings(), written);
    let other = Backend::on_tokio().pool().build().expect("defaults agree");
    other.reconfigure(write).expect("settings agree");
    assert_eq!(other.settings(), written);
}

#[tokio::test(start_paused = true)]
async fn no_size_panics() {
    for max_size in [0, 1, usize::MAX] {
        for min_size in [0, 1] {
            for max_creating in [0, 1, usize::MAX] {
                let builder = Backend::on_tokio().pool().max_size(max_size);
                match builder.min_size(min_size).max_creating(max_creating).build() {
                    Ok(pool) => use_it(&pool).await,
                    Err(BuildError::MinAboveMax { .. }) => assert!(min_size > max_size),
                    Err(BuildError::NoCreates) => assert_eq!(max_creating, 0),
                    Err(other) => panic!("{other}"),
                }
            }
        }
    }
    assert_eq!(TokenPool::new(0).free(), 0);
    assert!(TokenPool::new(usize::MAX).try_get().is_ok());
    let pool = Backend::on_tokio().pool().build().expect("defaults agree");
    for max_size in [0, usize::MAX, 1, 0, usize::MAX] {
        pool.resize(max_size);
        assert_eq!(pool.free(), max_size);
    }
}

#[tokio::test(start_paused = true)]
async fn no_duration_panics() {
    let durations = [
        None,
        Some(Duration::ZERO),
        Some(Duration::from_nanos(1)),
        Some(Duration::from_secs(1)),
        Some(Duration::MAX),
    ];
    for get in durations {
        for create in durations {
            for recycle in durations {
                let builder = Backend::on_tokio().pool().get_timeout(get).create_timeout(create);
                let pool = builder.recycle_timeout(recycle).build().expect("all are allowed");
                use_it(&pool).await;
                drop(pool.get_timeout(get.unwrap_or(Duration::MAX)).await);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_back_off_and_no_cap_panics() {
    let durations = [Duration::ZERO, Duration::from_nanos(1), Duration::MAX];
    for first in durations {
        for longest in durations {
            for max_waiting in [None, Some(0), Some(1), Some(usize::MAX)] {
                let backend = Backend::on_tokio();
                let builder = backend.pool().create_backoff(Backoff::new(first, longest));
                let pool = builder.max_waiting(max_waiting).build().expect("all are allowed");
                backend.creates(Plan::Fail);
                drop(pool.get_timeout(Duration::from_millis(5)).await);
                drop(pool.get_timeout(Duration::from_millis(5)).await);
                use_it(&pool).await;
            }
        }
    }
}

const COUNTS: [usize; 3] = [0, 1, usize::MAX];

const DURATIONS: [Option<Duration>; 4] =
    [None, Some(Duration::ZERO), Some(Duration::from_nanos(1)), Some(Duration::MAX)];

/// Panics anywhere, those that end a task of the pool's own included.
static PANICS: AtomicUsize = AtomicUsize::new(0);

fn count_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.fetch_add(1, SeqCst);
            report(panic);
        }));
    });
}

/// Gives a pool all the settings of another, by its builder and, while it is in use, at run time.
async fn set_both_ways(settings: Settings) {
    count_panics();
    let backend = Backend::on_tokio();
    let builder = backend.pool().max_size(settings.max_size).min_size(settings.min_size);
    let builder = builder.min_idle(settings.min_idle).max_creating(settings.max_creating);
    let builder = builder.max_waiting(settings.max_waiting).get_timeout(settings.get_timeout);
    let builder = builder.create_timeout(settings.create_timeout);
    let builder = builder.recycle_timeout(settings.recycle_timeout);
    let builder = builder.reset_timeout(settings.reset_timeout);
    let builder = builder.close_timeout(settings.close_timeout);
    let builder = builder.max_lifetime(settings.max_lifetime).idle_timeout(settings.idle_timeout);
    let builder = builder.lifetime_jitter(settings.lifetime_jitter);
    let builder = builder.recycle_policy(settings.recycle_policy).patience(settings.patience);
    let builder = builder.discard_on_panic(settings.discard_on_panic);
    let built = builder.create_backoff(settings.create_backoff).build();
    let changed = backend.pool().build().expect("defaults agree");
    drop(tokio::time::timeout(Duration::from_millis(200), changed.get()).await);
    let answer = changed.reconfigure(|now| *now = settings);
    assert_eq!(built.as_ref().err(), answer.err().as_ref(), "{settings:?}");
    if let Ok(built) = &built {
        assert_eq!(built.settings(), changed.settings());
        use_it(built).await;
    }
    use_it(&changed).await;
    assert_eq!((backend.alive(), PANICS.load(SeqCst)), (0, 0), "{settings:?}");
}

#[tokio::test(start_paused = true)]
async fn no_count_panics_by_the_builder_or_at_run_time() {
    for max_size in COUNTS {
        for minimum in COUNTS {
            for most in COUNTS {
                for of_both in [(minimum, 0), (0, minimum), (minimum, minimum)] {
                    let mut settings = Settings::default();
                    settings.max_size = max_size;
                    (settings.min_size, settings.min_idle) = of_both;
                    // Without end, a minimum is made one after the other, until the pool closes.
                    settings.max_creating = if minimum == usize::MAX { most.min(1) } else { most };
                    settings.max_waiting = (most != 1).then_some(most);
                    set_both_ways(settings).await;
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_duration_panics_by_the_builder_or_at_run_time() {
    let setters: [fn(&mut Settings, Option<Duration>); 10] = [
        |settings, limit| settings.get_timeout = limit,
        |settings, limit| settings.create_timeout = limit,
        |settings, limit| settings.recycle_timeout = limit,
        |settings, limit| settings.reset_timeout = limit,
        |settings, limit| settings.close_timeout = limit,
        |settings, limit| settings.max_lifetime = limit,
        |settings, limit| settings.idle_timeout = limit,
        |settings, limit| settings.patience = limit,
        |settings, limit| {
            let policy = limit.map(RecyclePolicy::IfIdleFor);
            settings.recycle_policy = policy.unwrap_or(RecyclePolicy::Never);
        },
        |settings, limit| {
            settings.create_backoff = limit.map(|pause| Backoff::new(pause, Duration::MAX));
        },
    ];
    for one in setters {
        for another in setters {
            for limit in DURATIONS {
                for min_idle in [0, 1] {
                    let mut settings = Settings::default();
                    one(&mut settings, limit);
                    another(&mut settings, Some(Duration::MAX));
                    settings.min_idle = min_idle;
                    settings.lifetime_jitter = f64::NAN;
                    settings.discard_on_panic = min_idle == 0;
                    set_both_ways(settings).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn no_time_at_all_still_serves_what_needs_none() {
    let builder =
        Backend::on_tokio().pool().get_timeout(Duration::ZERO).create_timeout(Duration::ZERO);
    let pool = builder.recycle_timeout(Duration::ZERO).build().expect("settings agree");
    drop(pool.get().await.expect("created at once"));
    drop(pool.get().await.expect("checked at once"));
}

struct Block;

impl Pooled for Block {
    type Resource = [u8; 64];
    type Config = ();
    type Error = Infallible;

    async fn create((): &()) -> Result<[u8; 64], Infallible> {
        Ok([0; 64])
    }
}

#[test]
fn handles_items_and_gets_are_small_and_cross_threads() {
    fn crosses_threads<T: Send + Sync>(_: &T) {}
    fn moves_to_a_thread<T: Send>(_: &T) {}
    let pool = Pool::<Block>::default();
    let get = pool.get();
    moves_to_a_thread(&get);
    crosses_threads(&pool);
    assert!(size_of_val(&get) <= 128, "{} bytes", size_of_val(&get));
    assert_eq!(size_of::<Item<Block>>(), 16);
    assert!(size_of::<Result<Item<Probe>, GetError<Refusal>>>() <= 24);
    crosses_threads(&pool_tests::poll_once(std::pin::pin!(get)));
}
