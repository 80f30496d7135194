//! A suspended pool: it lends and creates nothing, takes back what is lent, and forgets nobody.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use pool_core::testing::{Backend, CleanupProbe, Plan, Probe, Refusal};
use pool_tests::{OnTokio, let_others_run, poll_once};
use pool_tokio::{Backoff, GetError, Item, Phase, Pool, TokenPool, TryGetError};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);

fn getter(pool: &Pool<Probe>) -> JoinHandle<Result<Item<Probe>, GetError<Refusal>>> {
    let pool = pool.clone();
    tokio::spawn(async move { pool.get().await })
}

/// Gets that note their number as they are served, and return the item at once.
fn queue(pool: &Pool<Probe>, numbers: std::ops::Range<usize>) -> Arc<Mutex<Vec<usize>>> {
    let order = Arc::new(Mutex::new(Vec::new()));
    for number in numbers {
        let (pool, order) = (pool.clone(), order.clone());
        tokio::spawn(async move {
            let _item = pool.get().await.expect("served");
            order.lock().push(number);
        });
    }
    order
}

#[tokio::test(start_paused = true)]
async fn gets_wait_beside_something_idle_and_beside_room() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(3).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    assert!(!pool.is_suspended());
    pool.suspend();
    assert!(pool.is_suspended());
    let waiters = [getter(&pool), getter(&pool)];
    sleep(SECOND).await;
    assert!(waiters.iter().all(|waiter| !waiter.is_finished()));
    assert_eq!((pool.status().idle, pool.status().size, pool.waiting()), (1, 1, 2));
    assert_eq!(pool.try_get().err(), Some(TryGetError::Empty));
    pool.resume();
    let [one, two] = waiters;
    let (one, two) = (one.await.expect("no panic"), two.await.expect("no panic"));
    assert_eq!((one.expect("idle").number(), two.expect("made").number()), (1, 2));
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn tokens_are_not_made_either() {
    let pool = TokenPool::new(2);
    pool.suspend();
    assert!(pool.try_get().is_err());
    let mut get = pin!(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    pool.resume();
    assert!(poll_once(get.as_mut()).is_ready());
    assert!(pool.try_get().is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_is_lent_goes_on_and_its_return_stays_idle() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let waiter = getter(&pool);
    let_others_run().await;
    pool.suspend();
    assert_eq!(held.number(), 1);
    drop(held);
    let_others_run().await;
    assert!(!waiter.is_finished());
    assert_eq!((pool.status().idle, pool.waiting()), (1, 1));
    pool.resume();
    assert_eq!(waiter.await.expect("no panic").expect("served").number(), 1);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn a_create_that_has_started_is_finished_and_its_resource_is_idle() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Gate);
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    let waiter = getter(&pool);
    let_others_run().await;
    pool.suspend();
    backend.open(1);
    let_others_run().await;
    assert!(!waiter.is_finished());
    assert_eq!((pool.status().idle, pool.status().creating), (1, 0));
    pool.resume();
    assert_eq!(waiter.await.expect("no panic").expect("served").number(), 1);
    assert_eq!(backend.created(), 1);
    backend.creates(Plan::Succeed);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn a_resume_serves_in_the_order_in_which_they_came() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(3).min_size(2).build_filled().await.expect("made");
    pool.suspend();
    let order = queue(&pool, 0..10);
    let_others_run().await;
    assert_eq!(pool.waiting(), 10);
    pool.resume();
    let_others_run().await;
    assert_eq!(*order.lock(), (0..10).collect::<Vec<_>>());
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn a_resume_lends_what_is_idle_and_creates_for_the_rest() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(8).min_size(3).build_filled().await.expect("made");
    pool.suspend();
    let waiters: Vec<_> = (0..10).map(|_| getter(&pool)).collect();
    let_others_run().await;
    backend.creates(Plan::Gate);
    pool.resume();
    let_others_run().await;
    let finished: Vec<_> = waiters.iter().map(JoinHandle::is_finished).collect();
    assert_eq!(finished, (0..10).map(|number| number < 3).collect::<Vec<_>>());
    assert_eq!((pool.status().creating, backend.created(), pool.waiting()), (5, 8, 7));
    backend.open(5);
    backend.creates(Plan::Succeed);
    for waiter in waiters {
        drop(waiter.await.expect("no panic").expect("served"));
    }
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn the_deadline_holds_while_suspended() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    pool.suspend();
    let begun = Instant::now();
    let error = pool.get_timeout(SECOND / 20).await.expect_err("it is suspended");
    let GetError::TimedOut(timed_out) = error else { panic!("{error:?}") };
    assert_eq!((begun.elapsed().as_millis(), timed_out.phase), (50, Phase::Wait));
    assert_eq!((pool.waiting(), pool.status().idle), (0, 1));
    pool.resume();
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn max_waiting_holds_while_suspended() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(4).max_waiting(2).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    pool.suspend();
    let waiters = [getter(&pool), getter(&pool)];
    let_others_run().await;
    assert!(matches!(pool.get().await, Err(GetError::Overloaded)));
    assert_eq!(pool.waiting(), 2);
    pool.resume();
    for waiter in waiters {
        drop(waiter.await.expect("no panic").expect("served"));
    }
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn closing_a_suspended_pool_tells_those_who_wait() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).min_size(1).build_filled().await.expect("made");
    pool.suspend();
    let waiters = [getter(&pool), getter(&pool)];
    let_others_run().await;
    pool.close().await;
    for waiter in waiters {
        assert!(matches!(waiter.await.expect("no panic"), Err(GetError::Closed)));
    }
    pool.resume();
    assert!(matches!(pool.get().await, Err(GetError::Closed)));
    assert_eq!(pool.try_get().err(), Some(TryGetError::Closed));
    assert_eq!((backend.alive(), pool.status().size, pool.waiting()), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn resizing_a_suspended_pool_creates_nothing_until_it_is_resumed() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(4).min_size(4).build_filled().await.expect("made");
    let held = pool.get().await.expect("idle");
    pool.suspend();
    let waiters: Vec<_> = (0..5).map(|_| getter(&pool)).collect();
    let_others_run().await;
    pool.resize(1);
    assert_eq!((pool.status().idle, pool.status().in_use, backend.alive()), (0, 1, 1));
    pool.resize(5);
    sleep(SECOND).await;
    assert_eq!((pool.status().size, backend.created(), pool.waiting()), (1, 4, 5));
    pool.resume();
    let_others_run().await;
    assert_eq!((pool.status().in_use, backend.created()), (5, 8));
    drop(held);
    for waiter in waiters {
        drop(waiter.await.expect("no panic").expect("served"));
    }
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn waiters_that_leave_a_suspended_pool_lose_nothing() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(4).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    backend.creates(Plan::Gate);
    // One waits for its create, one was entrusted with one and has not looked, two just wait.
    let creating = getter(&pool);
    let_others_run().await;
    pool.resize(2);
    let mut entrusted = Box::pin(pool.get());
    assert!(poll_once(entrusted.as_mut()).is_pending());
    pool.resize(4);
    pool.suspend();
    let waiters = [getter(&pool), getter(&pool)];
    let_others_run().await;
    drop(entrusted);
    creating.abort();
    for waiter in waiters {
        waiter.abort();
    }
    let_others_run().await;
    assert_eq!((pool.waiting(), pool.status().creating, pool.status().in_use), (0, 1, 1));
    drop(held);
    backend.open(1);
    let_others_run().await;
    assert_eq!((pool.status().idle, backend.created()), (2, 2));
    pool.resume();
    backend.creates(Plan::Succeed);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn a_create_that_nobody_has_begun_does_not_begin() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let _held = pool.get().await.expect("made");
    let waiter = getter(&pool);
    let_others_run().await;
    pool.resize(2);
    assert_eq!(pool.status().creating, 1, "the waiter is entrusted with one");
    pool.suspend();
    let_others_run().await;
    assert_eq!((pool.status().creating, backend.created()), (0, 1));
    pool.resume();
    assert_eq!(waiter.await.expect("no panic").expect("served").number(), 2);
}

#[tokio::test(start_paused = true)]
async fn to_suspend_twice_is_to_suspend_once() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    pool.resume();
    pool.suspend();
    pool.clone().suspend();
    let waiter = getter(&pool);
    let_others_run().await;
    assert!(!waiter.is_finished());
    pool.resume();
    assert!(!pool.is_suspended());
    drop(waiter.await.expect("no panic").expect("served"));
    pool.resume();
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_being_reset_comes_back_idle() {
    let backend = Backend::on_tokio();
    let pool =
        Pool::<CleanupProbe>::builder(backend.clone()).max_size(1).build().expect("they agree");
    backend.resets(Plan::Gate);
    drop(pool.get().await.expect("made"));
    pool.suspend();
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.get().await.map(|item| item.number()) }
    });
    let_others_run().await;
    assert_eq!(pool.status().closing, 1);
    backend.open(2);
    let_others_run().await;
    assert!(!waiter.is_finished());
    assert_eq!((pool.status().closing, pool.status().idle), (0, 1));
    pool.resume();
    assert_eq!(waiter.await.expect("no panic").expect("served"), 1);
    let_others_run().await;
    assert_eq!((pool.status().idle, pool.status().size, backend.alive()), (1, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_check_that_fails_while_suspended_waits_first_in_the_queue() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    backend.checks(Plan::FailAtGate);
    let checking = getter(&pool);
    let_others_run().await;
    let behind = getter(&pool);
    let_others_run().await;
    pool.suspend();
    backend.open(1);
    let_others_run().await;
    assert_eq!((pool.status().size, backend.created(), pool.waiting()), (0, 1, 2));
    backend.checks(Plan::Succeed);
    pool.resume();
    let_others_run().await;
    assert!(!behind.is_finished());
    assert_eq!(checking.await.expect("no panic").expect("made").number(), 2);
    drop(behind.await.expect("no panic").expect("served"));
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn a_check_that_passes_while_suspended_leaves_its_resource_idle() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    backend.checks(Plan::Gate);
    let checking = getter(&pool);
    let_others_run().await;
    pool.suspend();
    backend.checks(Plan::Succeed).open(1);
    let_others_run().await;
    assert!(!checking.is_finished());
    assert_eq!((pool.status().in_use, pool.status().idle, pool.waiting()), (0, 1, 1));
    pool.resume();
    assert_eq!(checking.await.expect("no panic").expect("served").number(), 1);
    assert_eq!(backend.checked(), 2, "it has been idle since");
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn the_server_is_replaced_behind_a_suspended_pool() {
    let (old, new) = (Backend::on_tokio(), Backend::on_tokio());
    let pool = old.pool().max_size(3).min_size(2).build_filled().await.expect("made");
    let held = pool.get().await.expect("idle");
    pool.suspend();
    pool.replace_config(new.clone());
    let waiters = [getter(&pool), getter(&pool)];
    sleep(SECOND).await;
    assert_eq!((old.alive(), new.created()), (1, 0), "the minimum is not made either");
    drop(held);
    pool.resume();
    for waiter in waiters {
        drop(waiter.await.expect("no panic").expect("served"));
    }
    assert_eq!((old.alive(), old.created(), new.alive()), (0, 2, 2));
    new.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn a_resume_serves_whoever_waits_for_a_create_from_what_became_idle() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    backend.creates(Plan::Gate);
    let oldest = getter(&pool);
    let_others_run().await;
    pool.suspend();
    drop(held);
    pool.resume();
    // As it would have been had the pool not been suspended (law W4).
    let_others_run().await;
    assert!(oldest.is_finished(), "it waits for its create beside something idle");
    drop(oldest.await.expect("no panic").expect("served"));
    backend.open(1);
    backend.creates(Plan::Succeed);
    let_others_run().await;
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn permits_that_a_suspension_took_back_do_not_turn_the_queue_around() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let order = queue(&pool, 0..4);
    let_others_run().await;
    // Three are entrusted with creates, and find the pool suspended when they look.
    pool.resize(4);
    pool.suspend();
    let_others_run().await;
    assert_eq!((pool.status().creating, pool.waiting()), (0, 4));
    pool.resize(1);
    drop(held);
    pool.resume();
    let_others_run().await;
    assert_eq!(*order.lock(), [0, 1, 2, 3]);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn a_create_that_waits_out_a_pause_does_not_begin_while_suspended() {
    let pause = Backoff::new(SECOND, SECOND);
    for min_size in [0, 1] {
        let backend = Backend::on_tokio();
        let builder = backend.pool().max_size(2).min_size(min_size).create_backoff(pause);
        let pool = builder.build().expect("settings agree");
        backend.creates(Plan::Fail);
        pool.get().await.expect_err("creates fail");
        let waiter = (min_size == 0).then(|| getter(&pool));
        let_others_run().await;
        assert_eq!((pool.status().creating, backend.created()), (1, 1), "one waits it out");
        pool.suspend();
        backend.creates(Plan::Succeed);
        sleep(10 * SECOND).await;
        assert_eq!(backend.created(), 1, "min_size {min_size}");
        pool.resume();
        if let Some(waiter) = waiter {
            drop(waiter.await.expect("no panic").expect("served"));
        }
        backend.assert_whole(&pool).await;
    }
}

/// A create was under way when the pool was suspended, for a server that is being moved.
#[tokio::test(start_paused = true)]
async fn a_create_that_fails_while_suspended_is_nobodys_error() {
    let backend = Backend::on_tokio();
    let builder = backend.pool().max_size(2).create_timeout(SECOND).get_timeout(None);
    let pool = builder.build().expect("settings agree");
    for plan in [Plan::FailAfter(SECOND / 100), Plan::Hang] {
        backend.creates(plan);
        let getters = [getter(&pool), getter(&pool), getter(&pool)];
        let_others_run().await;
        pool.suspend();
        sleep(3 * SECOND).await;
        assert!(getters.iter().all(|getter| !getter.is_finished()), "told while suspended");
        backend.creates(Plan::Succeed);
        pool.resume();
        for getter in getters {
            drop(getter.await.expect("no panic").expect("served"));
        }
        pool.invalidate_all();
    }
}
