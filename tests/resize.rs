//! Laws A2 and R1 to R3: the size is exact, at once, in both directions.

use std::pin::pin;
use std::task::Poll;

use pool_core::testing::{Backend, Plan};
use pool_tests::{OnTokio, let_others_run, poll_once};
use pool_tokio::Item;

#[tokio::test]
async fn growing_serves_as_many_waiters_as_it_makes_room_for() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    backend.creates(Plan::Hang);
    let waiters = [0; 5].map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move { pool.get().await.map(drop) })
    });
    let_others_run().await;
    pool.resize(4);
    assert_eq!((pool.status().creating, pool.waiting()), (3, 5));
    for waiter in waiters {
        waiter.abort();
    }
    drop(held);
}

#[tokio::test]
async fn shrinking_drops_surplus_idle_ones_at_once_and_the_rest_on_return() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(6).min_size(6).build_filled().await.expect("made");
    let held =
        [pool.get().await, pool.get().await, pool.get().await].map(|item| item.expect("one"));
    pool.resize(2);
    assert_eq!((pool.status().idle, pool.status().in_use, backend.alive()), (0, 3, 3));
    let [one, two, three] = held;
    let mut settled = pin!(pool.settled());
    assert!(poll_once(settled.as_mut()).is_pending());
    drop(one);
    assert_eq!((backend.alive(), pool.status().idle), (2, 0), "surplus is not handed over");
    assert!(poll_once(settled.as_mut()).is_ready());
    drop((two, three));
    assert_eq!((backend.alive(), pool.status().idle), (2, 2));
}

#[tokio::test]
async fn a_surplus_item_is_not_handed_to_a_waiter_but_its_room_is_when_it_grows() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    let (one, two) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
    pool.resize(1);
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.get().await.map(|item| item.number()) }
    });
    let_others_run().await;
    drop(one);
    let_others_run().await;
    assert!(!waiter.is_finished());
    drop(two);
    assert_eq!(waiter.await.expect("no panic").expect("served"), 2);
}

#[tokio::test]
async fn a_create_that_was_begun_before_the_pool_shrank_ends_as_surplus() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Gate);
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    pool.resize(0);
    backend.open(1);
    let_others_run().await;
    assert_eq!((pool.status().size, backend.alive(), pool.waiting()), (0, 0, 1));
    assert!(poll_once(get.as_mut()).is_pending());
    pool.resize(1);
    backend.creates(Plan::Succeed);
    assert!(matches!(poll_once(get.as_mut()), Poll::Ready(Ok(_))));
}

#[tokio::test]
async fn resizing_to_nothing_drains_and_does_not_close() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).min_size(2).build_filled().await.expect("made");
    pool.resize(0);
    pool.settled().await;
    assert_eq!((backend.alive(), pool.is_closed()), (0, false));
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    pool.resize(1);
    assert!(poll_once(get.as_mut()).is_ready());
}

/// deadpool makes 2,000 of 10 out of this.
#[tokio::test]
async fn a_thousand_resizes_up_and_down_equal_the_last_one() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(10).build().expect("settings agree");
    for _ in 0..1000 {
        pool.resize(1);
        pool.resize(10);
    }
    backend.assert_whole(&pool).await;
    assert_eq!(backend.most_alive(), 10);
}

/// Threads that resize, get and drop as they like: the maximum that was never exceeded holds.
#[test]
fn resizing_under_load_never_exceeds_the_greatest_maximum() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .expect("a runtime");
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(7).build().expect("settings agree");
    runtime.block_on(async {
        let getters: Vec<_> = (0..20)
            .map(|_| {
                let pool = pool.clone();
                tokio::spawn(async move {
                    for _ in 0..500 {
                        drop(pool.get().await.expect("served"));
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        for size in (0..8).cycle().take(20_000) {
            pool.resize(size);
        }
        pool.resize(7);
        for getter in getters {
            getter.await.expect("no panic");
        }
        backend.assert_whole(&pool).await;
    });
    assert!(backend.most_alive() <= 7, "{} alive of 7", backend.most_alive());
}

#[tokio::test(start_paused = true)]
async fn the_pool_settles_when_a_get_is_dropped_that_had_not_seen_its_room() {
    let pool = Backend::on_tokio().pool().max_size(2).build().expect("settings agree");
    let (one, two) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    Item::discard(two);
    pool.resize(1);
    let settled = tokio::spawn(pool.settled());
    let_others_run().await;
    assert!(!settled.is_finished(), "one is held, and the room of the other is promised");
    drop(get);
    let_others_run().await;
    assert!(settled.is_finished());
    drop(one);
}
