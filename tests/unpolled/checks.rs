//! Checks that nobody polls: they end, and what passes goes to whoever is first then (law C3).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;

use pool_core::testing::{CleanupProbe, Plan};
use pool_tests::poll_once;
use pool_tokio::{GetError, Phase, Pool};
use tokio::time::{Instant, sleep};

use crate::scene::{PATIENCE, Scene, getter, keep, keep_one, ms, on_both_schedulers};

on_both_schedulers! {
    a_check_that_hangs_in_a_kept_get_frees_its_slot
    a_resource_whose_check_a_kept_get_began_goes_to_the_next
    a_get_that_times_out_in_its_check_costs_no_resource
    a_hundred_callers_that_time_out_in_their_checks_cost_no_resource
    a_get_dropped_in_its_check_costs_no_resource
    a_get_in_its_check_is_the_first_of_the_queue
    a_get_in_its_check_takes_what_is_returned_first
    a_check_that_fails_in_a_kept_get_is_room_for_the_next
    a_check_that_fails_with_a_goodbye_is_room_for_the_next
    checks_that_try_get_left_behind_serve_those_who_wait
    checks_beside_checks_each_go_to_one
    invalidate_all_ends_a_check_that_hangs
    a_closed_pool_ends_a_check_before_it_is_polled
    what_was_made_long_before_it_is_fetched_is_checked
    what_was_checked_long_before_it_is_fetched_is_checked_once_more
}

async fn a_check_that_hangs_in_a_kept_get_frees_its_slot(scene: Scene) {
    let pool = scene.builder(1).recycle_timeout(ms(100)).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    scene.backend.checks(Plan::Hang);
    let kept = keep(pool.get()).await;
    let item = scene.within(100..=100 + 2 * PATIENCE, pool.get()).await.expect("served");
    assert_eq!((item.number(), scene.backend.alive()), (2, 1));
    drop((item, kept));
    scene.whole(&pool).await;
}

/// With what the check has passed, and without another.
async fn a_resource_whose_check_a_kept_get_began_goes_to_the_next(scene: Scene) {
    let pool = scene.pool(1);
    drop(pool.get().await.expect("made"));
    scene.backend.checks(Plan::After(ms(30)));
    let kept = keep(pool.get()).await;
    let item = scene.within(30..=30 + 2 * PATIENCE, pool.get()).await.expect("served");
    assert_eq!((item.number(), scene.backend.checked()), (1, 1));
    drop((item, kept));
    scene.whole(&pool).await;
}

async fn a_get_that_times_out_in_its_check_costs_no_resource(scene: Scene) {
    let pool = scene.pool(1);
    drop(pool.get().await.expect("made"));
    scene.backend.checks(Plan::After(ms(60)));
    let told = scene.within(20..=20, pool.get_timeout(ms(20))).await;
    let Err(GetError::TimedOut(timed_out)) = told else { panic!("{told:?}") };
    assert_eq!(timed_out.phase, Phase::Recycle);
    let item = scene.within(30..=40, pool.get()).await.expect("served");
    assert_eq!((item.number(), scene.backend.created()), (1, 1));
    assert_eq!(scene.backend.checked(), 1, "it is checked once");
    drop(item);
    scene.whole(&pool).await;
}

/// Checks of 6 ms under deadlines of 5: a slow second is not made a storm of connects.
async fn a_hundred_callers_that_time_out_in_their_checks_cost_no_resource(scene: Scene) {
    let pool = scene.builder(8).get_timeout(ms(5)).build().expect("settings agree");
    let mut items = Vec::new();
    for _ in 0..8 {
        items.push(pool.get().await.expect("made"));
    }
    drop(items);
    scene.backend.checks(Plan::After(ms(6)));
    let timed_out = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let (pool, timed_out) = (pool.clone(), Arc::clone(&timed_out));
            tokio::spawn(async move {
                for _ in 0..20 {
                    if pool.get().await.is_err() {
                        timed_out.fetch_add(1, SeqCst);
                    }
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("no panic");
    }
    assert!(timed_out.load(SeqCst) > 100, "hardly any get ran out of time");
    let counters = pool.counters();
    assert_eq!((scene.backend.created(), counters.ended), (8, 0), "{counters:?}");
    sleep(ms(20)).await;
    assert_eq!(pool.status().idle, 8);
    scene.whole(&pool).await;
}

async fn a_get_dropped_in_its_check_costs_no_resource(scene: Scene) {
    let pool = scene.pool(1);
    drop(pool.get().await.expect("made"));
    scene.backend.checks(Plan::After(ms(30)));
    drop(keep(pool.get()).await);
    scene.within(30..=30, scene.until(|| pool.status().idle == 1)).await;
    assert_eq!(scene.backend.created(), 1);
    scene.whole(&pool).await;
}

async fn a_get_in_its_check_is_the_first_of_the_queue(scene: Scene) {
    let pool = scene.pool(2);
    let (one, two) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
    let older = getter(&pool);
    scene.until(|| pool.waiting() == 1).await;
    scene.backend.checks(Plan::After(ms(30)));
    drop(one);
    scene.until(|| scene.backend.checked() == 1).await;
    let later = getter(&pool);
    scene.until(|| pool.waiting() == 2).await;
    let first = scene.within(30..=30, older).await.expect("no panic").expect("served");
    assert!(!later.is_finished());
    drop((first, two));
    drop(scene.within(0..=30, later).await.expect("no panic").expect("served"));
    scene.whole(&pool).await;
}

/// Its own resource goes on to the next then.
async fn a_get_in_its_check_takes_what_is_returned_first(scene: Scene) {
    let pool = scene.pool(2);
    let (one, two) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
    drop(one);
    scene.backend.checks(Plan::After(ms(100)));
    let first = getter(&pool);
    scene.until(|| scene.backend.checked() == 1).await;
    let second = getter(&pool);
    scene.until(|| pool.waiting() == 2).await;
    scene.backend.checks(Plan::Succeed);
    drop(two);
    let item = scene.within(0..=0, first).await.expect("no panic").expect("served");
    let other = scene.within(0..=100, second).await.expect("no panic").expect("served");
    assert_eq!((item.number() + other.number(), scene.backend.created()), (3, 2));
    drop((item, other));
    scene.whole(&pool).await;
}

async fn a_check_that_fails_in_a_kept_get_is_room_for_the_next(scene: Scene) {
    let pool = scene.pool(1);
    drop(pool.get().await.expect("made"));
    scene.backend.checks(Plan::FailAfter(ms(30)));
    let kept = keep(pool.get()).await;
    let item = scene.within(30..=30 + 2 * PATIENCE, pool.get()).await.expect("served");
    assert_eq!((item.number(), scene.backend.alive()), (2, 1));
    drop((item, kept));
    scene.whole(&pool).await;
}

async fn a_check_that_fails_with_a_goodbye_is_room_for_the_next(scene: Scene) {
    let builder = Pool::<CleanupProbe>::builder(scene.backend.clone()).max_size(1);
    let pool = builder.get_timeout(None).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    scene.until(|| pool.status().idle == 1).await;
    scene.backend.checks(Plan::FailAfter(ms(30))).closes(Plan::After(ms(30)));
    let kept = keep(pool.get()).await;
    let item = scene.within(60..=60 + 2 * PATIENCE, pool.get()).await.expect("served");
    assert_eq!((item.number(), scene.backend.alive()), (2, 1));
    scene.backend.checks(Plan::Succeed).closes(Plan::Succeed);
    drop((item, kept));
    scene.backend.assert_whole(&pool).await;
}

/// A `try_get` waits for none of them, and they count as supply for who does.
async fn checks_that_try_get_left_behind_serve_those_who_wait(scene: Scene) {
    let pool = scene.builder(3).max_waiting(0).build().expect("settings agree");
    let items = [pool.get().await, pool.get().await, pool.get().await];
    drop(items.map(|item| item.expect("made")));
    scene.backend.checks(Plan::Gate);
    for _ in 0..3 {
        assert!(pool.try_get().is_err());
    }
    assert_eq!((pool.status().in_use, pool.status().idle), (3, 0));
    let kept = keep_one(&pool, None).await;
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 2).await;
    scene.backend.open(2);
    drop(scene.within(0..=0, next).await.expect("no panic").expect("served"));
    scene.backend.open(1);
    drop(kept);
    scene.until(|| pool.status().idle == 3).await;
    assert_eq!(scene.backend.created(), 3);
    scene.whole(&pool).await;
}

async fn checks_beside_checks_each_go_to_one(scene: Scene) {
    let pool = scene.pool(3);
    let items = [pool.get().await, pool.get().await, pool.get().await];
    drop(items.map(|item| item.expect("made")));
    scene.backend.checks(Plan::After(ms(30)));
    let kept = [keep_one(&pool, None).await, keep_one(&pool, None).await];
    let (begun, live) = (Instant::now(), getter(&pool));
    let item = scene.within(30..=30 + 2 * PATIENCE, live).await.expect("no panic");
    drop(item.expect("served"));
    for kept in kept {
        drop(scene.within(0..=30, kept).await.expect("served"));
    }
    assert!(begun.elapsed() >= ms(28));
    assert_eq!(scene.backend.created(), 3);
    scene.whole(&pool).await;
}

/// Law G4: nobody could use what passes.
async fn invalidate_all_ends_a_check_that_hangs(scene: Scene) {
    let pool = scene.builder(1).recycle_timeout(None).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    scene.backend.checks(Plan::Hang);
    let kept = keep_one(&pool, None).await;
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 2).await;
    scene.settle().await;
    pool.invalidate_all();
    let item = scene.within(0..=2 * PATIENCE, next).await.expect("no panic").expect("served");
    assert_eq!((item.number(), scene.backend.alive()), (2, 1));
    drop((item, kept));
    scene.whole(&pool).await;
}

/// It was begun, and the executor comes to it only afterwards.
async fn a_closed_pool_ends_a_check_before_it_is_polled(scene: Scene) {
    let pool = scene.pool(2);
    drop([pool.get().await.expect("made"), pool.get().await.expect("made")]);
    scene.backend.checks(Plan::Hang).creates(Plan::Hang);
    let kept = keep_one(&pool, None).await;
    assert!(pool.try_get().is_err());
    let closing = pool.close();
    scene.within(0..=0, closing).await;
    assert!(matches!(scene.within(0..=0, kept).await, Err(GetError::Closed)));
    assert_eq!(scene.backend.alive(), 0);
}

async fn what_was_made_long_before_it_is_fetched_is_checked(scene: Scene) {
    for patience in [None, Some(ms(PATIENCE))] {
        for (millis, checks) in [(100, 0), (600, 1)] {
            let scene = scene.another();
            let pool = scene.builder(1).patience(patience).build().expect("settings agree");
            scene.backend.creates(Plan::After(ms(10)));
            let kept = keep_one(&pool, None).await;
            sleep(ms(10 + millis)).await;
            let item = kept.await.expect("served");
            assert_eq!((item.number(), scene.backend.checked()), (1, checks), "after {millis} ms");
            drop(item);
            scene.whole(&pool).await;
        }
    }
}

/// Once: a get that always looks late is served all the same.
async fn what_was_checked_long_before_it_is_fetched_is_checked_once_more(scene: Scene) {
    let pool = scene.pool(1);
    drop(pool.get().await.expect("made"));
    scene.backend.checks(Plan::After(ms(10)));
    let mut kept = keep(pool.get()).await;
    sleep(ms(600)).await;
    assert_eq!(scene.backend.checked(), 1);
    assert!(poll_once(kept.as_mut()).is_pending(), "it had lain for too long");
    sleep(ms(600)).await;
    assert_eq!(scene.backend.checked(), 2);
    let Poll::Ready(gotten) = poll_once(kept.as_mut()) else { panic!("never served") };
    drop(gotten.expect("served"));
    drop(kept);
    scene.whole(&pool).await;
}
