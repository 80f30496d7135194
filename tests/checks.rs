//! When a returned resource is checked, and what a failed check makes of the others.

use std::time::Duration;

use pool_core::testing::{Backend, CleanupProbe, Plan};
use pool_tests::{OnTokio, filled, let_others_run};
use pool_tokio::{Item, Pool, RecyclePolicy};
use tokio::time::{advance, sleep};

const HALF_A_SECOND: Duration = Duration::from_millis(500);

#[tokio::test]
async fn each_reuse_is_checked_by_default() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 1).await;
    for checks in 1..4 {
        drop(pool.get().await.expect("fit"));
        assert_eq!(backend.checked(), checks);
    }
}

#[tokio::test(start_paused = true)]
async fn a_resource_is_checked_if_it_was_idle_for_long_enough() {
    let backend = Backend::on_tokio();
    let policy = RecyclePolicy::IfIdleFor(HALF_A_SECOND);
    let pool = filled(backend.pool().recycle_policy(policy), 1).await;
    for _ in 0..10 {
        drop(pool.get().await.expect("warm"));
        drop(pool.try_get().expect("warm"));
        advance(Duration::from_millis(400)).await;
    }
    assert_eq!(backend.checked(), 0);
    sleep(Duration::from_millis(100)).await;
    drop(pool.get().await.expect("fit"));
    assert_eq!(backend.checked(), 1);
    drop(pool.get().await.expect("warm"));
    assert_eq!(backend.checked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_is_handed_over_was_not_idle() {
    let backend = Backend::on_tokio();
    let policy = RecyclePolicy::IfIdleFor(HALF_A_SECOND);
    let pool = filled(backend.pool().recycle_policy(policy), 1).await;
    let held = pool.get().await.expect("warm");
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.get().await.map(drop) }
    });
    let_others_run().await;
    sleep(Duration::from_secs(9)).await;
    drop(held);
    waiter.await.expect("no panic").expect("served");
    assert_eq!(backend.checked(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_idle_time_is_known_where_a_check_asks_for_it() {
    let backend = Backend::on_tokio();
    let policy = RecyclePolicy::IfIdleFor(HALF_A_SECOND);
    let asks = filled(backend.pool().recycle_policy(policy), 1).await;
    let asks_not = filled(backend.pool(), 1).await;
    sleep(Duration::from_millis(70)).await;
    let item = asks.get().await.expect("warm");
    assert_eq!(Item::usage(&item).idle(), Some(Duration::from_millis(70)));
    assert_eq!(Item::usage(&asks_not.get().await.expect("fit")).idle(), None);
}

#[tokio::test]
async fn where_checks_are_never_due_none_is_made() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().recycle_policy(RecyclePolicy::Never), 2).await;
    backend.checks(Plan::Fail);
    for _ in 0..10 {
        drop(pool.get().await.expect("taken as it is"));
        drop(pool.try_get().expect("taken as it is"));
    }
    assert_eq!(backend.checked(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_warm_resource_is_suspect_after_anothers_failed_check() {
    let backend = Backend::on_tokio();
    let policy = RecyclePolicy::IfIdleFor(HALF_A_SECOND);
    let pool = filled(backend.pool().recycle_policy(policy), 2).await;
    let (cold, warm) = (pool.get().await.expect("warm"), pool.get().await.expect("warm"));
    drop(cold);
    sleep(HALF_A_SECOND).await;
    drop(warm);
    assert_eq!(backend.checked(), 0);
    backend.checks(Plan::Fail);
    let anew = pool.get().await.expect("made anew");
    assert_eq!((anew.number(), backend.checked()), (3, 1));
    // Not due by its idle time, but last known good before the one that failed.
    backend.checks(Plan::Succeed);
    drop(pool.get().await.expect("fit after all"));
    assert_eq!(backend.checked(), 2);
    // Known good since, as is the one that was made since.
    drop(anew);
    drop((pool.get().await.expect("warm"), pool.get().await.expect("warm")));
    assert_eq!(backend.checked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_suspect_that_is_handed_over_is_checked_first() {
    let backend = Backend::on_tokio();
    let pool =
        filled(backend.pool().recycle_policy(RecyclePolicy::IfIdleFor(HALF_A_SECOND)), 2).await;
    let (one, two) = (pool.get().await.expect("warm"), pool.get().await.expect("warm"));
    drop(one);
    sleep(HALF_A_SECOND).await;
    backend.checks(Plan::Fail).creates(Plan::Hang);
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.get().await.map(|item| item.number()) }
    });
    let_others_run().await;
    assert_eq!(backend.checked(), 1);
    backend.checks(Plan::Succeed);
    drop(two);
    assert_eq!(waiter.await.expect("no panic").expect("served"), 2);
    assert_eq!(backend.checked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_is_reset_on_return_is_not_checked_while_it_is_warm() {
    let backend = Backend::on_tokio();
    let builder = Pool::<CleanupProbe>::builder(backend.clone());
    let policy = RecyclePolicy::IfIdleFor(HALF_A_SECOND);
    let pool = builder.max_size(1).recycle_policy(policy).build().expect("settings agree");
    for _ in 0..3 {
        drop(pool.get().await.expect("warm"));
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!((backend.created(), backend.checked()), (1, 0));
    sleep(HALF_A_SECOND).await;
    drop(pool.get().await.expect("fit"));
    assert_eq!(backend.checked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_suspect_is_checked_even_where_checks_were_turned_off_meanwhile() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 2).await;
    backend.checks(Plan::Fail);
    // Its check fails, so that it has a new one; the other is suspect.
    let renewed = pool.get().await.expect("made anew");
    backend.checks(Plan::Succeed);
    let before = backend.checked();
    pool.reconfigure(|settings| settings.recycle_policy = RecyclePolicy::Never)
        .expect("they agree");
    let suspect = pool.get().await.expect("checked");
    assert_eq!(backend.checked(), before + 1);
    drop((renewed, suspect));
    drop([pool.get().await.expect("idle"), pool.get().await.expect("idle")]);
    assert_eq!(backend.checked(), before + 1, "one that is not suspect was checked");
}

/// Each brings a resource of its own, and takes that of the one before it if that is ready first.
#[tokio::test(start_paused = true)]
async fn gets_whose_checks_are_pending_are_served_in_order() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 100).await;
    backend.checks(Plan::After(Duration::from_millis(6)));
    let mut gets = Vec::new();
    for _ in 0..100 {
        let pool = pool.clone();
        gets.push(tokio::spawn(async move {
            let begun = tokio::time::Instant::now();
            let item = pool.get().await.expect("idle");
            (begun.elapsed(), item)
        }));
        sleep(Duration::from_millis(1)).await;
    }
    let mut items = Vec::new();
    for get in gets {
        let (waited, item) = get.await.expect("no panic");
        assert!(waited.as_millis() <= 8, "{waited:?}: a later one was served before it");
        items.push(item);
    }
}
