//! `min_size` and `min_idle`: kept up in the background, behind whoever waits, in good times and
//! through an outage.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use pool_core::testing::{Backend, Plan, Probe};
use pool_tests::{OnTokio, let_others_run, poll_once};
use pool_tokio::{Backoff, Builder, GetError, Item, Pool, Tokio};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

const MILLISECOND: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);

fn getter(pool: &Pool<Probe>) -> JoinHandle<Item<Probe>> {
    let pool = pool.clone();
    tokio::spawn(async move { pool.get().await.expect("served") })
}

/// Three that are kept, by the one minimum and by the other.
fn both_minima(backend: &Backend) -> [Builder<Probe, Tokio>; 2] {
    let builder = || backend.pool().max_size(6);
    [builder().min_size(3), builder().min_idle(3)]
}

/// A pool whose minimum is there.
async fn kept_up(builder: Builder<Probe, Tokio>) -> Pool<Probe> {
    let pool = builder.build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    let_others_run().await;
    assert!(pool.status().idle >= 3, "{}", pool.status());
    pool
}

#[tokio::test(start_paused = true)]
async fn what_a_get_takes_from_min_idle_is_replaced_behind_it() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(5).min_idle(2).build().expect("settings agree");
    let_others_run().await;
    assert_eq!(backend.created(), 0, "nobody has asked for anything");
    let mut items = Vec::new();
    // As far as there is room, two are idle behind each get.
    for idle in [2, 2, 2, 1, 0] {
        items.push(pool.get().await.expect("served"));
        let_others_run().await;
        let status = pool.status();
        assert_eq!((status.idle, status.in_use), (idle, items.len()), "{status}");
    }
    assert_eq!(backend.most_alive(), 5);
    drop(items);
    let_others_run().await;
    assert_eq!((pool.status().idle, backend.created()), (5, 5), "what came back is enough");
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn a_try_get_takes_from_min_idle_and_has_it_replaced() {
    let backend = Backend::on_tokio();
    let pool = kept_up(backend.pool().max_size(5).min_idle(3)).await;
    let held = [pool.try_get(), pool.try_get(), pool.try_get()].map(|item| item.expect("idle"));
    let_others_run().await;
    // There is room for two.
    assert_eq!((pool.status().idle, pool.status().in_use, backend.created()), (2, 3, 5));
    drop(held);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn a_get_with_something_idle_does_not_wait_for_min_idle() {
    let backend = Backend::on_tokio();
    let pool = kept_up(backend.pool().max_size(6).min_idle(3)).await;
    backend.creates(Plan::Gate);
    let mut items = Vec::new();
    for _ in 0..4 {
        let mut get = Box::pin(pool.get());
        let std::task::Poll::Ready(item) = poll_once(get.as_mut()) else {
            panic!("it is delayed: {}", pool.status());
        };
        items.push(item.expect("idle"));
    }
    assert_eq!((pool.status().creating, pool.waiting()), (2, 0));
    let counters = pool.counters();
    assert_eq!((counters.started, counters.served), (5, 5));
    drop(items);
    let_others_run().await;
    backend.open(2);
    backend.creates(Plan::Succeed);
    let_others_run().await;
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn min_idle_is_spared_by_the_idle_timeout() {
    let backend = Backend::on_tokio();
    let pool = kept_up(backend.pool().max_size(6).min_idle(3).idle_timeout(MINUTE)).await;
    backend.assert_whole(&pool).await;
    assert_eq!(pool.status().idle, 6);
    sleep(10 * MINUTE).await;
    assert_eq!((pool.status().idle, backend.created()), (3, 6), "no close and reopen");
    // With one in use, three are idle beside it, and are spared.
    let held = pool.get().await.expect("idle");
    sleep(10 * MINUTE).await;
    assert_eq!((pool.status().idle, backend.created()), (3, 7));
    drop(held);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn waiters_come_before_min_idle() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Gate);
    let builder = backend.pool().max_size(5).min_idle(2).max_creating(1);
    let pool = builder.build().expect("settings agree");
    let waiters = [getter(&pool), getter(&pool), getter(&pool)];
    let_others_run().await;
    let mut items = Vec::new();
    for (served, waiter) in waiters.into_iter().enumerate() {
        assert_eq!((pool.status().idle, pool.status().creating), (0, 1));
        assert_eq!(pool.waiting(), 3 - served);
        backend.open(1);
        items.push(waiter.await.expect("no panic"));
        let_others_run().await;
    }
    for idle in 0..2 {
        assert_eq!((pool.status().idle, pool.status().creating), (idle, 1));
        backend.open(1);
        let_others_run().await;
    }
    assert_eq!((pool.status().idle, pool.status().creating, backend.created()), (2, 0, 5));
    drop(items);
    backend.creates(Plan::Succeed);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn waiters_and_min_idle_together_create_no_more_than_both_need() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Gate);
    let pool = backend.pool().max_size(9).min_idle(2).build().expect("settings agree");
    let waiters = [getter(&pool), getter(&pool), getter(&pool)];
    let_others_run().await;
    assert_eq!((pool.status().creating, backend.created()), (5, 5));
    backend.open(9);
    for waiter in waiters {
        drop(waiter.await.expect("no panic"));
    }
    let_others_run().await;
    assert_eq!(backend.created(), 5);
    backend.creates(Plan::Succeed);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn the_minimum_is_made_anew_after_whatever_ends_it() {
    let backend = Backend::on_tokio();
    for builder in both_minima(&backend) {
        let pool = kept_up(builder.max_lifetime(MINUTE).lifetime_jitter(0.0)).await;
        let made_anew = async |by: &str| {
            let_others_run().await;
            let status = pool.status();
            assert_eq!((status.idle, status.size, backend.alive()), (3, 3, 3), "{by}: {status}");
        };
        // The smaller minimum has one more from the first get.
        pool.retain(|_, usage| usage.times_used() == 0);
        let created = backend.created();
        pool.invalidate_all();
        made_anew("invalidate_all").await;
        assert_eq!(backend.created() - created, 3);
        let (one, two) = (pool.get().await.expect("idle"), pool.get().await.expect("idle"));
        Item::discard(one);
        drop(Item::detach(two));
        let_others_run().await;
        assert!(pool.status().idle >= 3, "{}", pool.status());
        pool.resize(3);
        pool.resize(6);
        made_anew("discard and detach").await;
        let created = backend.created();
        sleep(MINUTE + 5 * MILLISECOND).await;
        made_anew("max_lifetime").await;
        assert_eq!(backend.created() - created, 3);
        drop(pool.retain(|_, _| false));
        made_anew("retain").await;
        backend.assert_whole(&pool).await;
        pool.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_minimum_outlives_an_outage_without_anybody_asking() {
    let create = 2 * MILLISECOND;
    let backend = Backend::on_tokio();
    for builder in both_minima(&backend) {
        let pool = kept_up(builder).await;
        backend.creates(Plan::FailAfter(create));
        pool.invalidate_all();
        let created = backend.created();
        sleep(Duration::from_secs(1)).await;
        let attempts = backend.created() - created;
        assert!((15..=100).contains(&attempts), "{attempts} attempts in a second");
        assert_eq!((pool.status().idle, pool.status().creating), (0, 1), "one at a time");
        backend.creates(Plan::After(create));
        let healed = Instant::now();
        while pool.status().idle < 3 {
            sleep(MILLISECOND).await;
            // One may yet fail, one is the first to succeed, the others follow together; and a
            // timer may be a millisecond late.
            let most = 50 * MILLISECOND + 3 * (create + MILLISECOND);
            assert!(healed.elapsed() <= most, "{:?}: {}", healed.elapsed(), pool.status());
        }
        backend.creates(Plan::Succeed);
        backend.assert_whole(&pool).await;
        pool.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_hangs_in_the_background_is_tried_again() {
    let backend = Backend::on_tokio();
    for builder in both_minima(&backend) {
        let pool = kept_up(builder.create_timeout(Duration::from_secs(1))).await;
        backend.creates(Plan::Hang);
        pool.invalidate_all();
        sleep(Duration::from_millis(1500)).await;
        assert_eq!(pool.status().creating, 1);
        backend.creates(Plan::Succeed);
        sleep(Duration::from_secs(1)).await;
        assert_eq!((pool.status().idle, pool.status().creating), (3, 0));
        backend.assert_whole(&pool).await;
        pool.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_background_is_not_repeated_without_end() {
    let backend = Backend::on_tokio();
    for builder in both_minima(&backend) {
        let pool = kept_up(builder).await;
        backend.creates(Plan::Panic);
        let created = backend.created();
        pool.invalidate_all();
        sleep(Duration::from_secs(1)).await;
        assert_eq!(backend.created() - created, 3, "one panic for each that is missing");
        assert_eq!((pool.status().size, pool.waiting()), (0, 0));
        backend.creates(Plan::Succeed);
        drop(pool.get().await.expect("made"));
        let_others_run().await;
        assert!(pool.status().idle >= 3, "the next get has it made");
        backend.assert_whole(&pool).await;
        pool.close().await;
    }
}

#[test]
fn a_minimum_without_a_runtime_to_keep_it_up_hangs_nobody() {
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build();
        let backend = Backend::on_tokio();
        for builder in both_minima(&backend) {
            let first = runtime().expect("a runtime");
            let pool = first.block_on(kept_up(builder));
            let (one, two) = first.block_on(async {
                (pool.get().await.expect("idle"), pool.get().await.expect("idle"))
            });
            drop(first);
            Item::discard(one);
            pool.invalidate_all();
            drop(two);
            pool.resize(4);
            assert_eq!((pool.status().size, backend.alive()), (0, 0));
            // What needs no runtime is lent all the same.
            drop(pool.get_blocking().expect("made at once"));
            drop(pool.try_get().expect("idle"));
            drop(Item::detach(pool.try_get().expect("idle")));
            assert_eq!((pool.status().size, pool.status().creating), (0, 0));
            let second = runtime().expect("a runtime");
            second.block_on(async {
                drop(pool.get().await.expect("made"));
                let_others_run().await;
                assert!(pool.status().idle >= 3, "it is kept up again");
                backend.assert_whole(&pool).await;
                pool.close().await;
            });
        }
        done.send(()).expect("somebody waits for it");
    });
    is_done.recv_timeout(Duration::from_secs(5)).expect("it hangs, or has panicked");
}

#[tokio::test(start_paused = true)]
async fn no_create_begins_after_the_close() {
    let backend = Backend::on_tokio();
    for builder in both_minima(&backend) {
        let pool = kept_up(builder).await;
        backend.creates(Plan::Fail);
        pool.invalidate_all();
        sleep(Duration::from_secs(1)).await;
        assert_eq!(pool.status().creating, 1, "one waits out a pause");
        let (closed, created) = (Instant::now(), backend.created());
        pool.close().await;
        assert!(closed.elapsed() <= 51 * MILLISECOND, "{:?}", closed.elapsed());
        sleep(MINUTE).await;
        assert_eq!((backend.created() - created, pool.status().size), (0, 0));
        assert!(matches!(pool.get().await, Err(GetError::Closed)));
        backend.creates(Plan::Succeed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_does_not_wait_for_a_create_that_waits_out_a_pause() {
    let backend = Backend::on_tokio();
    for builder in both_minima(&backend) {
        let pool = kept_up(builder.create_backoff(Backoff::new(MINUTE, MINUTE))).await;
        backend.creates(Plan::Fail);
        pool.invalidate_all();
        sleep(Duration::from_secs(1)).await;
        assert_eq!(pool.status().creating, 1, "one waits out a pause");
        let closed = Instant::now();
        pool.close().await;
        assert_eq!(closed.elapsed(), Duration::ZERO, "nothing exists, nothing is under way");
        backend.creates(Plan::Succeed);
    }
}
