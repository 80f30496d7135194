//! Laws Z1, Z3 and P2: closing, the last handle, and items that outlive everything.

use std::panic::catch_unwind;
use std::pin::pin;
use std::thread;
use std::time::Duration;

use pool_core::testing::{Backend, Plan, Probe};
use pool_tests::{OnTokio, let_others_run, poll_once};
use pool_tokio::{GetError, TryGetError};
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

#[tokio::test(start_paused = true)]
async fn close_tells_ten_thousand_waiters_at_once() {
    let pool = Backend::on_tokio().pool().max_size(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let waiters: Vec<_> = (0..10_000)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.get().await.map(drop) })
        })
        .collect();
    while pool.waiting() < 10_000 {
        tokio::task::yield_now().await;
    }
    let begun = tokio::time::Instant::now();
    let closing = pool.close();
    assert!(pool.is_closed(), "marked at the call");
    for waiter in waiters {
        let told = waiter.await.expect("no panic");
        assert!(matches!(told, Err(GetError::Closed)));
    }
    assert!(begun.elapsed().is_zero());
    drop(held);
    closing.await;
}

#[tokio::test]
async fn a_closed_pool_lends_nothing_and_keeps_nothing() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(3).build().expect("settings agree");
    let items = [pool.get().await, pool.get().await].map(|item| item.expect("made"));
    drop(pool.get().await.expect("made"));
    let mut closing = Box::pin(pool.close());
    assert_eq!(backend.alive(), 2, "the idle one is gone at once");
    assert!(matches!(pool.get().await, Err(GetError::Closed)));
    assert_eq!(pool.try_get().err(), Some(TryGetError::Closed));
    assert!(matches!(pool.fill().await, Err(GetError::Closed)));
    assert!(poll_once(closing.as_mut()).is_pending());
    drop(items);
    assert!(poll_once(closing.as_mut()).is_ready());
    assert_eq!((backend.alive(), pool.status().size), (0, 0));
    pool.close().await;
}

#[tokio::test]
async fn a_create_and_a_check_that_go_on_are_dropped_when_the_pool_is_closed() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(3).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    backend.checks(Plan::Hang).creates(Plan::Hang);
    // A check, a create that somebody waits for, and one that nobody does.
    let getters = [0; 3].map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move { pool.get().await.map(drop) })
    });
    let_others_run().await;
    assert_eq!((pool.status().in_use, pool.status().creating, backend.alive()), (1, 2, 3));
    let [checks, creates, leaves] = getters;
    leaves.abort();
    let_others_run().await;
    assert_eq!((pool.waiting(), backend.alive()), (2, 3));
    let closing = pool.close();
    for getter in [checks, creates] {
        assert!(matches!(getter.await.expect("no panic"), Err(GetError::Closed)));
    }
    closing.await;
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
}

#[tokio::test]
async fn the_last_handle_closes_the_pool_and_items_may_outlive_it() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    drop(pool.get().await.expect("made"));
    let other = pool.clone();
    drop(pool);
    assert_eq!(backend.alive(), 2, "a handle is left");
    drop(other);
    assert_eq!(backend.alive(), 1, "the idle one is gone");
    assert_eq!(held.number(), 1);
    drop(held);
    assert_eq!(backend.alive(), 0);
}

#[test]
fn items_go_home_on_a_thread_without_a_runtime() {
    let backend = Backend::on_tokio();
    let runtime = runtime();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let item = runtime.block_on(pool.get()).expect("made");
    let waiter = runtime.spawn({
        let pool = pool.clone();
        async move { pool.get().await.map(|item| item.number()) }
    });
    runtime.block_on(let_others_run());
    thread::spawn(move || drop(item)).join().expect("no panic");
    assert_eq!(runtime.block_on(waiter).expect("no panic").expect("served"), 1);
}

#[test]
fn items_go_home_after_the_runtimes_shutdown() {
    let backend = Backend::on_tokio();
    let first = runtime();
    let pool = first.block_on(async { backend.pool().max_size(3).build() }).expect("they agree");
    // When all stops, one is held, one was handed to a getter that never sees it, and a create goes
    // on that was left behind.
    let (one, two) = first.block_on(async {
        let held = (pool.get().await.expect("made"), pool.get().await.expect("made"));
        backend.creates(Plan::Hang);
        assert!(pool.get_timeout(Duration::from_millis(1)).await.is_err());
        let waiting = pool.clone();
        tokio::spawn(async move { waiting.get().await.map(drop) });
        let_others_run().await;
        held
    });
    drop(one);
    assert_eq!((pool.waiting(), pool.status().in_use, pool.status().creating), (1, 2, 1));
    drop(first);
    drop(two);
    let status = pool.status();
    assert_eq!((pool.waiting(), status.in_use, status.creating, status.idle), (0, 0, 0, 2));
    assert_eq!(backend.alive(), 2);
    backend.creates(Plan::Succeed);
    let second = runtime();
    second.block_on(backend.assert_whole(&pool));
}

#[test]
fn creates_that_a_shutdown_cuts_short_give_their_slots_back() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Hang);
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    let first = runtime();
    first.block_on(async {
        // Of one create the getter has left, of one it waits.
        assert!(pool.get_timeout(Duration::from_millis(1)).await.is_err());
        let waiting = pool.clone();
        tokio::spawn(async move { waiting.get().await.map(drop) });
        let_others_run().await;
        assert!(pool.status().creating > 0);
    });
    drop(first);
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
    backend.creates(Plan::Succeed);
    runtime().block_on(backend.assert_whole(&pool));
}

#[test]
fn a_get_that_has_to_wait_without_a_timer_panics_and_loses_nothing() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let without_timer = Builder::new_current_thread().build().expect("a runtime");
    let held = without_timer.block_on(pool.get()).expect("made at once");
    let waits = catch_unwind(|| poll_once(pin!(pool.get())).is_pending());
    assert!(waits.is_err(), "tokio says that there is no timer");
    assert_eq!(pool.waiting(), 0);
    drop(held);
    runtime().block_on(backend.assert_whole(&pool));
}

#[test]
fn a_get_that_never_waits_needs_no_timer_and_no_runtime() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let without_timer = Builder::new_current_thread().build().expect("a runtime");
    drop(without_timer.block_on(pool.get()).expect("made at once"));
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_ready(), "served on a thread without a runtime");
    drop(get);
    drop(pool.try_get().expect("idle"));
}

#[tokio::test(start_paused = true)]
async fn close_within_says_what_was_left() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(3).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    backend.creates(Plan::Hang);
    assert!(pool.get_timeout(Duration::from_millis(1)).await.is_err());
    assert_eq!(pool.status().creating, 1);
    let begun = tokio::time::Instant::now();
    let left = pool.close_within(Duration::from_millis(500)).await.expect_err("one is left");
    assert_eq!(begun.elapsed().as_millis(), 500);
    // The create that hangs is for nobody any more.
    assert_eq!((left.in_use, left.creating, left.size, backend.alive()), (1, 0, 1, 1));
    drop(held);
    pool.close_within(Duration::ZERO).await.expect("nothing is left");
    assert_eq!(backend.alive(), 0);
}

#[tokio::test]
async fn closed_ends_when_anybody_closes_the_pool() {
    let pool = Backend::on_tokio().pool().build().expect("defaults agree");
    let mut closed = Box::pin(pool.closed());
    assert!(poll_once(closed.as_mut()).is_pending());
    let other = pool.clone();
    drop(other.close());
    assert!(poll_once(closed.as_mut()).is_ready());
    assert!(poll_once(pin!(pool.closed())).is_ready());
    let closed_by_drop = Backend::on_tokio().pool().build().expect("defaults agree").closed();
    assert!(poll_once(pin!(closed_by_drop)).is_ready(), "it is no handle");
}

#[tokio::test]
async fn a_weak_handle_does_not_keep_the_pool_open() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().build().expect("defaults agree");
    let weak = pool.downgrade();
    let again = weak.upgrade().expect("it is open");
    drop(pool);
    drop(again.get().await.expect("made"));
    let held = again.get().await.expect("idle");
    drop(again);
    assert!(weak.upgrade().is_none(), "an item is no handle");
    drop(held);
    assert_eq!(backend.alive(), 0);
}

#[tokio::test]
async fn invalidate_all_ends_what_exists_and_what_is_being_made() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(3).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    drop(pool.get().await.expect("made"));
    let idle = pool.try_get().expect("idle");
    backend.creates(Plan::Gate);
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.get().await.map(|item| item.number()) }
    });
    let_others_run().await;
    drop(idle);
    // The waiter took the idle one; its create goes on.
    assert_eq!(waiter.await.expect("no panic").expect("served"), 2);
    assert_eq!((pool.status().idle, pool.status().creating, pool.status().in_use), (1, 1, 1));
    pool.invalidate_all();
    assert_eq!((pool.status().idle, backend.alive()), (0, 2));
    let_others_run().await;
    assert_eq!((pool.status().size, backend.alive()), (1, 1), "its create was begun before");
    drop(held);
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
    backend.creates(Plan::Succeed);
    assert_eq!(pool.get().await.expect("made").number(), 4);
    backend.assert_whole(&pool).await;
}

#[tokio::test]
async fn a_waiter_is_served_by_a_new_one_when_all_are_invalidated() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).get_timeout(None).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.get().await.map(|item| item.number()) }
    });
    let_others_run().await;
    pool.invalidate_all();
    drop(held);
    assert_eq!(waiter.await.expect("no panic").expect("served"), 2);
}

#[tokio::test]
async fn a_replaced_config_is_what_later_resources_are_made_with() {
    let (old, new) = (Backend::on_tokio(), Backend::on_tokio());
    let pool = old.pool().max_size(2).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    drop(pool.get().await.expect("made"));
    pool.replace_config(new.clone());
    assert_eq!(old.alive(), 1);
    let fresh = pool.get().await.expect("made");
    assert_eq!((new.alive(), fresh.number()), (1, 1));
    drop((held, fresh));
    assert_eq!((old.alive(), new.alive()), (0, 1));
    // Checked with the config it was made with.
    drop(pool.get().await.expect("idle"));
    assert_eq!((old.checked(), new.checked()), (0, 1));
}

#[tokio::test]
async fn retain_gives_back_what_it_removed() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(6).build().expect("settings agree");
    let mut items = Vec::new();
    for _ in 0..6 {
        items.push(pool.get().await.expect("made"));
    }
    drop(items);
    let removed = pool.retain(|probe, usage| probe.number() % 2 == 0 && usage.times_used() == 1);
    assert_eq!(removed.iter().map(Probe::number).collect::<Vec<_>>(), [1, 3, 5]);
    assert_eq!((pool.status().size, backend.alive()), (3, 6));
    drop(removed);
    // The order of the others is as it was.
    let held = [pool.get().await, pool.get().await, pool.get().await];
    assert_eq!(held.map(|item| item.expect("idle").number()), [2, 4, 6]);
    let none = pool.retain(|_, _| panic!("as planned"));
    assert_eq!((none.len(), pool.status().size, backend.alive()), (0, 0, 0));
    backend.assert_whole(&pool).await;
}

#[tokio::test]
async fn retain_may_call_the_pool_and_lends_to_who_waits() {
    let pool =
        Backend::on_tokio().pool().max_size(2).min_size(2).build_filled().await.expect("made");
    let removed = pool.retain(|_, _| {
        let status = pool.status();
        pool.resize(status.max_size);
        status.in_use == 1
    });
    assert!(removed.is_empty());
    assert_eq!(pool.status().idle, 2);
}
