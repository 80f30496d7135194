//! Laws W1 to W5: who waits, who is served, and that nobody is forgotten.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use pool_core::testing::{Backend, Plan, Probe};
use pool_tests::{OnTokio, let_others_run};
use pool_tokio::{Item, Pool};
use tokio::task::{JoinHandle, LocalSet};
use tokio::time::Instant;

fn getter(pool: &Pool<Probe>) -> JoinHandle<Item<Probe>> {
    let pool = pool.clone();
    tokio::spawn(async move { pool.get().await.expect("served") })
}

#[tokio::test]
async fn waiters_are_served_in_the_order_in_which_they_came() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let order = std::sync::Arc::new(parking_lot::Mutex::new(Vec::new()));
    let waiters: Vec<_> = (0..100)
        .map(|number| {
            let (pool, order) = (pool.clone(), order.clone());
            tokio::spawn(async move {
                let _item = pool.get().await.expect("served");
                order.lock().push(number);
            })
        })
        .collect();
    let_others_run().await;
    drop(held);
    for waiter in waiters {
        waiter.await.expect("no panic");
    }
    assert_eq!(*order.lock(), (0..100).collect::<Vec<_>>());
}

/// 1,000 tasks over 8 resources: whoever has waited longest is served next, every time.
#[test]
fn nobody_overtakes_in_a_hundred_thousand_hand_overs() {
    const HAND_OVERS: usize = 100_000;
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let pool =
        Backend::on_tokio().pool().max_size(8).get_timeout(None).build().expect("they agree");
    let waiting = Rc::new(RefCell::new((0_usize, BTreeSet::new())));
    let tasks = LocalSet::new();
    for _ in 0..1000 {
        let (pool, waiting) = (pool.clone(), waiting.clone());
        tasks.spawn_local(async move {
            for _ in 0..HAND_OVERS / 1000 {
                let mut ticket = None;
                let mut get = pin!(pool.get());
                let item = poll_fn(|cx| {
                    let served = get.as_mut().poll(cx);
                    let (next, queue) = &mut *waiting.borrow_mut();
                    if served.is_pending() && ticket.is_none() {
                        *next += 1;
                        queue.insert(*next);
                        ticket = Some(*next);
                    }
                    served
                });
                let item = item.await.expect("served");
                if let Some(ticket) = ticket {
                    let queue = &mut waiting.borrow_mut().1;
                    assert!(queue.remove(&ticket));
                    // Those who were served before it, and have not run yet, are at most 8.
                    let older = queue.range(..ticket).count();
                    assert!(older < 8, "{older} older ones wait");
                }
                tokio::task::yield_now().await;
                drop(item);
            }
        });
    }
    runtime.block_on(tasks);
    assert!(waiting.borrow().0 > HAND_OVERS / 2, "hardly anybody had to wait");
}

#[tokio::test(start_paused = true)]
async fn the_oldest_waiter_takes_a_returned_resource_while_it_creates() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    backend.creates(Plan::Gate);
    let waiter = getter(&pool);
    let_others_run().await;
    assert_eq!(pool.status().creating, 1);
    drop(held);
    let item = waiter.await.expect("no panic");
    assert_eq!((item.number(), pool.status().creating), (1, 1), "the create goes on");
    backend.open(1);
    let_others_run().await;
    assert_eq!((pool.status().idle, backend.created()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_created_resource_goes_to_the_oldest_waiter_whoever_asked_for_it() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    backend.creates(Plan::After(Duration::from_millis(100)));
    let oldest = getter(&pool);
    let_others_run().await;
    backend.creates(Plan::After(Duration::from_millis(10)));
    let youngest = getter(&pool);
    let begun = Instant::now();
    assert_eq!(oldest.await.expect("no panic").number(), 2);
    assert_eq!(begun.elapsed().as_millis(), 10);
    // Returned at once, and handed to the other before its own create is done.
    assert_eq!(youngest.await.expect("no panic").number(), 2);
    assert_eq!(begun.elapsed().as_millis(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_create_outlives_whoever_asked_for_it() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::After(Duration::from_millis(80)));
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    for _ in 0..5 {
        assert!(pool.get_timeout(Duration::from_millis(15)).await.is_err());
    }
    tokio::time::sleep(Duration::from_millis(6)).await;
    assert_eq!((pool.status().idle, backend.created()), (1, 1), "one create in all");
}

#[tokio::test(start_paused = true)]
async fn a_spike_is_served_by_what_comes_back() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(50).build().expect("settings agree");
    let five: Vec<_> = [0; 5].map(|_| getter(&pool)).into_iter().collect();
    for item in five {
        drop(item.await.expect("no panic"));
    }
    backend.creates(Plan::After(Duration::from_millis(150)));
    let begun = Instant::now();
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let _item = pool.get().await.expect("served");
                tokio::time::sleep(Duration::from_millis(2)).await;
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("no panic");
    }
    assert_eq!(begun.elapsed().as_millis(), 20);
}

#[tokio::test]
async fn a_get_that_is_always_served_yields_to_its_runtime() {
    let pool = Backend::on_tokio().pool().build().expect("defaults agree");
    let greedy = tokio::spawn(async move {
        loop {
            drop(pool.get().await.expect("served"));
        }
    });
    // On the one thread of this runtime, nothing else would ever run without a budget.
    let_others_run().await;
    greedy.abort();
}

/// bb8, `fast_pool` and qp let the loop win every time.
#[tokio::test]
async fn a_loop_of_get_and_drop_does_not_starve_waiters() {
    let pool = Backend::on_tokio().pool().max_size(1).build().expect("settings agree");
    let stop = std::sync::Arc::new(tokio::sync::Notify::new());
    let greedy = tokio::spawn({
        let (pool, stop) = (pool.clone(), stop.clone());
        async move {
            let work = async {
                loop {
                    let item = pool.get().await.expect("served");
                    tokio::task::yield_now().await;
                    drop(item);
                }
            };
            tokio::select! { () = work => (), () = stop.notified() => () }
        }
    });
    let waiters: Vec<_> = [0; 6].map(|_| getter(&pool)).into_iter().collect();
    for waiter in waiters {
        drop(waiter.await.expect("no panic"));
    }
    stop.notify_one();
    greedy.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn a_failed_check_goes_to_the_front_with_a_create_of_its_own() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(64).min_size(64).build_filled().await.expect("made");
    backend.checks(Plan::FailAfter(Duration::from_millis(6)));
    backend.creates(Plan::After(Duration::from_millis(10)));
    let begun = Instant::now();
    let item = pool.get().await.expect("served");
    assert_eq!((item.number(), backend.checked()), (65, 1), "no walk through 64 stale ones");
    assert_eq!(begun.elapsed().as_millis(), 16, "one check and one create");
}

#[tokio::test(start_paused = true)]
async fn one_deadline_covers_wait_create_check_and_retries() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    // 60 ms of checking, then a create: the sum is more than the get may take.
    backend.checks(Plan::FailAfter(Duration::from_millis(60)));
    backend.creates(Plan::After(Duration::from_millis(60)));
    let begun = Instant::now();
    let error = pool.get_timeout(Duration::from_millis(100)).await.expect_err("too slow");
    assert_eq!(begun.elapsed().as_millis(), 100);
    let pool_tokio::GetError::TimedOut(timed_out) = error else { panic!("{error:?}") };
    assert_eq!(timed_out.phase, pool_tokio::Phase::Create);
    // The create goes on, and serves the next.
    assert_eq!(pool.get().await.expect("served").number(), 2);
    assert_eq!(begun.elapsed().as_millis(), 120);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_hangs_costs_its_resource_after_the_recycle_timeout() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    backend.checks(Plan::Hang);
    let begun = Instant::now();
    assert_eq!(pool.get().await.expect("a new one").number(), 2);
    assert_eq!(begun.elapsed().as_secs(), 5);
    assert_eq!(backend.alive(), 1);
}

#[tokio::test]
async fn a_waiter_polled_by_another_task_is_woken_there() {
    // Its own time-out would poll it, and hide that nobody had woken it.
    let builder = Backend::on_tokio().pool().max_size(1).get_timeout(None);
    let pool = builder.build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let mut get = Box::pin({
        let pool = pool.clone();
        async move { pool.get().await.map(drop) }
    });
    // Polled here first; the waker of the task that polls it last has to be woken.
    assert!(matches!(pool_tests::poll_once(get.as_mut()), Poll::Pending));
    let elsewhere = tokio::spawn(get);
    let_others_run().await;
    drop(held);
    let served = tokio::time::timeout(Duration::from_secs(5), elsewhere).await;
    served.expect("it was woken").expect("no panic").expect("served");
}

#[tokio::test]
async fn a_get_that_would_be_one_too_many_is_refused_at_once() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).max_waiting(2).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let waiters = [getter(&pool), getter(&pool)];
    let_others_run().await;
    let refused = pool.get().await.expect_err("two wait already");
    assert!(matches!(refused, pool_tokio::GetError::Overloaded), "{refused}");
    assert_eq!(pool.waiting(), 2);
    drop(held);
    for waiter in waiters {
        drop(waiter.await.expect("no panic"));
    }
    drop(pool.get().await.expect("nobody waits"));
}

#[tokio::test]
async fn where_nobody_may_wait_a_get_is_served_or_creates_or_is_refused() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Gate);
    let pool = backend.pool().max_size(2).max_waiting(0).build().expect("settings agree");
    let creating = [getter(&pool), getter(&pool)];
    let_others_run().await;
    assert!(pool.get().await.is_err());
    backend.open(2);
    let [one, two] = creating.map(|getter| async { getter.await.expect("no panic") });
    let (one, _two) = (one.await, two.await);
    assert!(pool.get().await.is_err());
    drop(one);
    drop(pool.get().await.expect("one is idle"));
}
