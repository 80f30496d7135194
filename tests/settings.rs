//! Every setting takes every value, and the types are as small and as shareable as promised.

use std::convert::Infallible;
use std::time::Duration;

use pool_tests::{Backend, Probe, Refusal};
use pool_tokio::{Backoff, BuildError, GetError, Item, Pool, Pooled, TokenPool};

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

#[tokio::test(start_paused = true)]
async fn no_size_panics() {
    for max_size in [0, 1, usize::MAX] {
        for min_size in [0, 1] {
            for max_creating in [0, 1, usize::MAX] {
                let builder = Backend::new().pool().max_size(max_size);
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
    let pool = Backend::new().pool().build().expect("defaults agree");
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
                let builder = Backend::new().pool().get_timeout(get).create_timeout(create);
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
                let backend = Backend::new();
                let builder = backend.pool().create_backoff(Backoff::new(first, longest));
                let pool = builder.max_waiting(max_waiting).build().expect("all are allowed");
                backend.creates(pool_tests::Plan::Fail);
                drop(pool.get_timeout(Duration::from_millis(5)).await);
                drop(pool.get_timeout(Duration::from_millis(5)).await);
                use_it(&pool).await;
            }
        }
    }
}

#[tokio::test]
async fn no_time_at_all_still_serves_what_needs_none() {
    let builder = Backend::new().pool().get_timeout(Duration::ZERO).create_timeout(Duration::ZERO);
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
    assert!(size_of_val(&get) <= 160, "{} bytes", size_of_val(&get));
    assert_eq!(size_of::<Item<Block>>(), 16);
    assert!(size_of::<Result<Item<Probe>, GetError<Refusal>>>() <= 24);
    crosses_threads(&pool_tests::poll_once(std::pin::pin!(get)));
}
