//! Each feature of eventlet's `pools.Pool`, by name, and what eventlet gets wrong, put right.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use pool_core::testing::{Backend, Plan, Probe, Refusal};
use pool_tests::{OnTokio, let_others_run};
use pool_tokio::{
    BuildError, FillError, FromFn, GetError, InsertError, Item, Order, Pool, Pooled, TokenPool,
    TryGetError,
};

/// eventlet's own example: a pool of integers, counted up.
fn integers(max_size: usize, order: Order) -> Pool<FromFn<u32, Infallible>> {
    let next = Arc::new(AtomicU32::new(1));
    Pool::from_fn(move || std::future::ready(Ok(next.fetch_add(1, SeqCst))))
        .max_size(max_size)
        .order(order)
        .build()
        .expect("the settings agree")
}

#[tokio::test]
async fn max_size_is_four_by_default() -> Result<(), GetError<Refusal>> {
    let backend = Backend::on_tokio();
    let pool = Pool::<Probe>::builder(backend.clone()).build().expect("defaults agree");
    let items = [pool.get().await?, pool.get().await?, pool.get().await?, pool.get().await?];
    assert_eq!(pool.try_get().err(), Some(TryGetError::Empty));
    assert_eq!(pool.status().max_size, 4);
    assert_eq!(items.map(|item| item.number()), [1, 2, 3, 4]);
    Ok(())
}

#[tokio::test]
async fn build_filled_creates_min_size_resources() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().min_size(3).max_size(3).build_filled().await.expect("creates work");
    assert_eq!((pool.status().idle, backend.alive()), (3, 3));
    assert_eq!(pool.get().await.expect("idle").number(), 1);
    assert_eq!(backend.created(), 3);
}

#[tokio::test(start_paused = true)]
async fn build_filled_creates_at_the_same_time() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::After(Duration::from_millis(100)));
    let begun = tokio::time::Instant::now();
    backend.pool().min_size(4).build_filled().await.expect("creates work");
    assert_eq!(begun.elapsed().as_millis(), 100);
}

#[tokio::test]
async fn build_filled_fails_with_the_create_and_leaves_nothing() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Fail);
    let failed = backend.pool().min_size(2).build_filled().await.expect_err("creates fail");
    assert!(matches!(failed, FillError::Get(GetError::Create(_))), "{failed:?}");
    assert_eq!(backend.alive(), 0);
}

#[tokio::test]
async fn build_starts_no_work_and_the_first_get_fills_in_the_background() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().min_size(3).build().expect("settings agree");
    let_others_run().await;
    assert_eq!(backend.created(), 0);
    let item = pool.get().await.expect("creates work");
    let_others_run().await;
    assert_eq!((backend.created(), pool.status().idle), (3, 2));
    drop(item);
}

#[tokio::test(start_paused = true)]
async fn fill_waits_for_creates_that_others_began() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Gate);
    let pool = backend.pool().min_size(2).max_size(2).build().expect("settings agree");
    let getters = [0, 1].map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move { pool.get().await.map(drop) })
    });
    let_others_run().await;
    let filling = tokio::spawn({
        let pool = pool.clone();
        async move { pool.fill().await }
    });
    let_others_run().await;
    assert!(!filling.is_finished());
    backend.open(2);
    filling.await.expect("it does not panic").expect("creates work");
    assert_eq!(backend.created(), 2);
    for getter in getters {
        getter.await.expect("it does not panic").expect("creates work");
    }
}

#[test]
fn a_minimum_above_the_maximum_is_refused() {
    let refused = Backend::on_tokio().pool().min_size(5).max_size(4).build().expect_err("5 > 4");
    assert_eq!(refused, BuildError::MinAboveMax { min_size: 5, max_size: 4 });
}

#[tokio::test]
async fn fifo_lends_the_longest_idle_first() -> Result<(), GetError<Infallible>> {
    let pool = integers(4, Order::Fifo);
    let (one, two) = (pool.get().await?, pool.get().await?);
    pool.put(one);
    pool.put(two);
    assert_eq!([*pool.get().await?, *pool.get().await?], [1, 2]);
    Ok(())
}

#[tokio::test]
async fn lifo_lends_the_last_returned_first() -> Result<(), GetError<Infallible>> {
    let pool = integers(3, Order::Lifo);
    let (one, two) = (pool.get().await?, pool.get().await?);
    pool.put(one);
    pool.put(two);
    let held = [pool.get().await?, pool.get().await?];
    assert_eq!(held.each_ref().map(|item| **item), [2, 1]);
    Ok(())
}

#[tokio::test]
async fn a_put_that_comes_before_the_next_get_saves_a_create() -> Result<(), GetError<Infallible>> {
    let pool = integers(4, Order::Fifo);
    for _ in 0..10 {
        assert_eq!(*pool.get().await?, 1);
    }
    Ok(())
}

#[tokio::test]
async fn free_and_waiting_count_as_eventlet_does() {
    let pool = integers(4, Order::Fifo);
    assert_eq!(pool.free(), 4);
    let mut items = vec![pool.get().await.expect("creates work")];
    assert_eq!(pool.free(), 3);
    items.clear();
    assert_eq!((pool.free(), pool.waiting()), (4, 0));
    for _ in 0..4 {
        items.push(pool.get().await.expect("creates work"));
    }
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.get().await.map(|item| *item) }
    });
    let_others_run().await;
    assert_eq!((pool.free(), pool.waiting()), (0, 1));
    drop(items.remove(0));
    assert_eq!(waiter.await.expect("no panic").expect("served"), 1);
    assert_eq!(pool.waiting(), 0);
}

#[tokio::test]
async fn free_is_never_below_zero() {
    let pool = integers(2, Order::Fifo);
    let items = [pool.get().await, pool.get().await];
    pool.resize(1);
    assert_eq!((pool.free(), pool.status().size), (0, 2));
    drop(items);
    assert_eq!((pool.free(), pool.status().size), (1, 1));
    pool.resize(2);
    assert_eq!(pool.free(), 2);
}

#[tokio::test]
async fn four_are_created_for_a_hundred_getters() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::After(Duration::from_millis(1)));
    let pool = backend.pool().build().expect("defaults agree");
    let getters = (0..100).map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move { drop(pool.get().await.expect("creates work")) })
    });
    for getter in getters.collect::<Vec<_>>() {
        getter.await.expect("no panic");
    }
    assert_eq!(backend.created(), 4);
}

#[tokio::test(start_paused = true)]
async fn timed_out_getters_do_not_swallow_a_put() {
    let pool = integers(2, Order::Fifo);
    let items = [pool.get().await.expect("made"), pool.get().await.expect("made")];
    let getters = [0; 5].map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move { pool.get_timeout(Duration::from_millis(5)).await.map(drop) })
    });
    tokio::time::advance(Duration::from_millis(6)).await;
    drop(items);
    for getter in getters {
        drop(getter.await.expect("no panic"));
    }
    assert_eq!((pool.status().idle, pool.status().in_use), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn get_timeout_gives_up_at_its_time_and_says_why() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let begun = tokio::time::Instant::now();
    let error = pool.get_timeout(Duration::from_millis(250)).await.expect_err("it is held");
    assert_eq!(begun.elapsed().as_millis(), 250);
    let GetError::TimedOut(timed_out) = &error else { panic!("{error:?}") };
    assert_eq!(timed_out.phase, pool_tokio::Phase::Wait);
    assert_eq!(timed_out.waited.as_millis(), 250);
    assert_eq!((timed_out.status.in_use, timed_out.status.waiting), (1, 1));
    assert_eq!(
        error.to_string(),
        "timed out after 250.0ms waiting for a resource (pool size 1 of 1: 0 idle, 1 in use, \
         0 creating, 0 closing; 1 waiting)"
    );
    assert_eq!(pool.waiting(), 0);
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn a_get_gives_up_after_thirty_seconds_by_default() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(0).build().expect("settings agree");
    let begun = tokio::time::Instant::now();
    assert!(pool.get().await.expect_err("nothing can be lent").is_timeout());
    assert_eq!(begun.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn try_get_lends_what_is_idle_and_never_creates() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().build().expect("defaults agree");
    assert_eq!(pool.try_get().err(), Some(TryGetError::Empty));
    assert_eq!(backend.created(), 0);
    drop(pool.get().await.expect("made"));
    let item = pool.try_get().expect("one is idle");
    assert_eq!((item.number(), backend.checked()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn try_get_leaves_a_slow_check_to_the_executor() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().build().expect("defaults agree");
    drop(pool.get().await.expect("made"));
    backend.checks(Plan::Gate);
    assert_eq!(pool.try_get().err(), Some(TryGetError::Empty));
    assert_eq!(pool.status().in_use, 1, "the check holds it");
    backend.open(1);
    let_others_run().await;
    assert_eq!((pool.status().idle, backend.created()), (1, 1));
}

#[tokio::test]
async fn an_item_returns_on_drop_and_by_any_pools_put() {
    let (one, other) = (integers(1, Order::Fifo), integers(1, Order::Fifo));
    let item = one.get().await.expect("made");
    other.put(item);
    assert_eq!((one.status().idle, other.status().size), (1, 0));
}

#[tokio::test]
async fn insert_takes_a_foreign_resource_or_hands_it_back() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    pool.insert(Probe::new(&backend)).expect("there is room");
    let refused = pool.insert(Probe::new(&backend)).expect_err("it is full");
    assert!(matches!(&refused, InsertError::Full(probe) if probe.number() == 2));
    assert_eq!(refused.into_resource().number(), 2);
    assert_eq!(pool.get().await.expect("inserted").number(), 1);
    let closing = pool.close();
    let refused = pool.insert(Probe::new(&backend));
    assert!(matches!(refused, Err(InsertError::Closed(_))));
    closing.await;
}

#[tokio::test]
async fn insert_serves_the_oldest_waiter() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Hang);
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.get().await.map(|item| item.number()) }
    });
    let_others_run().await;
    pool.insert(Probe::new(&backend)).expect("there is room");
    assert_eq!(waiter.await.expect("no panic").expect("served"), 2);
}

#[tokio::test]
async fn a_token_pool_is_full_from_the_start() {
    let pool = TokenPool::new(4);
    assert_eq!(pool.free(), 4);
    let tokens: Vec<_> = (0..4).map(|_| pool.try_get().expect("a token is free")).collect();
    assert_eq!((pool.free(), pool.try_get().err()), (0, Some(TryGetError::Empty)));
    drop(tokens);
    assert_eq!(pool.free(), 4);
    let _token = pool.get().await.expect("a token is free");
    assert_eq!(TokenPool::new(usize::MAX).free(), usize::MAX);
}

#[tokio::test]
async fn a_closure_makes_a_pool_whose_type_can_be_written() {
    struct Service {
        buffers: Pool<FromFn<Vec<u8>, Infallible>>,
    }
    let buffers = Pool::from_fn(|| async { Ok(Vec::new()) }).max_size(2).build();
    let service = Service { buffers: buffers.expect("settings agree") };
    service.buffers.get().await.expect("made").push(1);
    assert_eq!(*service.buffers.get().await.expect("idle"), [1]);
}

#[tokio::test]
async fn a_config_with_a_default_makes_a_default_pool() {
    #[derive(Debug)]
    struct Unit;
    impl Pooled for Unit {
        type Resource = Self;
        type Config = ();
        type Error = Infallible;
        async fn create((): &()) -> Result<Self, Infallible> {
            Ok(Self)
        }
    }
    let pool: Pool<Unit> = Pool::default();
    let item: Item<Unit> = pool.get().await.expect("made");
    assert_eq!(format!("{item:?} {:?}", Item::usage(&item).times_used()), "Item(Unit) 1");
}

#[tokio::test]
async fn usage_counts_how_often_a_resource_was_lent() {
    let pool = integers(1, Order::Fifo);
    for times in 1..4 {
        let item = pool.get().await.expect("made");
        assert_eq!(Item::usage(&item).times_used(), times);
    }
}

#[tokio::test]
async fn detach_and_discard_make_room() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let probe = Item::detach(pool.get().await.expect("made"));
    assert_eq!((pool.status().size, backend.alive()), (0, 1));
    drop(probe);
    Item::discard(pool.get().await.expect("made"));
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
    assert_eq!(pool.get().await.expect("made").number(), 3);
}
