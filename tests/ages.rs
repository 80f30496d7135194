//! Law F4: resources end when their time is over, down to the minimum and not below, and not all
//! at once.

use std::collections::BTreeSet;
use std::time::Duration;

use pool_core::testing::{Backend, Plan};
use pool_tests::{OnTokio, filled, let_others_run};
use tokio::runtime::Handle;
use tokio::time::{Instant, advance, sleep};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn an_idle_resource_ends_after_the_idle_timeout_or_an_eighth_later() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().idle_timeout(MINUTE), 3).await;
    sleep(Duration::from_millis(59_999)).await;
    assert_eq!(backend.alive(), 3);
    sleep(MINUTE / 8 + Duration::from_millis(2)).await;
    assert_eq!((backend.alive(), pool.status().size), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_is_used_is_not_idle() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().idle_timeout(MINUTE), 2).await;
    // First in, first out would use them in turn: hold one while the other is used.
    for _ in 0..20 {
        sleep(MINUTE / 4).await;
        let (one, two) = (pool.get().await.expect("idle"), pool.get().await.expect("idle"));
        drop((one, two));
    }
    assert_eq!((backend.alive(), backend.created()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn reaping_stops_at_the_minimum_without_close_and_reopen() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().min_size(2).idle_timeout(MINUTE), 5).await;
    sleep(10 * MINUTE).await;
    assert_eq!((backend.alive(), pool.status().idle, backend.created()), (2, 2, 5));
}

#[tokio::test(start_paused = true)]
async fn an_idle_resource_ends_when_its_lifetime_is_over() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().max_lifetime(MINUTE).lifetime_jitter(0.0), 3).await;
    sleep(Duration::from_millis(59_998)).await;
    assert_eq!(backend.alive(), 3);
    sleep(Duration::from_millis(4)).await;
    assert_eq!((backend.alive(), pool.status().size), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_resource_in_use_ends_on_its_return_when_its_lifetime_is_over() {
    let backend = Backend::on_tokio();
    let builder = backend.pool().max_size(1).max_lifetime(MINUTE).lifetime_jitter(0.0);
    let pool = builder.build().expect("settings agree");
    let held = pool.get().await.expect("made");
    sleep(MINUTE + Duration::from_millis(5)).await;
    assert_eq!(held.number(), 1);
    drop(held);
    assert_eq!((backend.alive(), pool.get().await.expect("made").number()), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn a_resource_in_constant_use_ends_when_its_lifetime_is_over() {
    let backend = Backend::on_tokio();
    let builder = backend.pool().max_size(1).max_lifetime(MINUTE).lifetime_jitter(0.0);
    let pool = builder.build().expect("settings agree");
    let begun = Instant::now();
    while pool.get().await.expect("served").number() == 1 {
        advance(Duration::from_millis(100)).await;
        let_others_run().await;
        assert!(begun.elapsed() < MINUTE + Duration::from_millis(200), "it lives for ever");
    }
    assert!(begun.elapsed() >= MINUTE);
}

#[tokio::test(start_paused = true)]
async fn what_expires_below_the_minimum_is_replaced_in_the_background() {
    let backend = Backend::on_tokio();
    let builder = backend.pool().min_size(3).max_lifetime(MINUTE).lifetime_jitter(0.0);
    let pool = builder.build_filled().await.expect("made");
    sleep(MINUTE + Duration::from_millis(5)).await;
    assert_eq!((pool.status().idle, backend.created(), backend.alive()), (3, 6, 3));
}

#[tokio::test(start_paused = true)]
async fn lifetimes_are_jittered_so_that_not_all_end_at_once() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().max_lifetime(MINUTE).lifetime_jitter(0.5), 100).await;
    let mut sizes = BTreeSet::new();
    sleep(Duration::from_millis(29_990)).await;
    assert_eq!(pool.status().size, 100);
    for _ in 0..100 {
        sleep(MINUTE / 200).await;
        sizes.insert(pool.status().size);
    }
    sleep(Duration::from_secs(1)).await;
    assert_eq!(pool.status().size, 0);
    assert!(sizes.len() > 30, "only {} different sizes on the way", sizes.len());
}

#[tokio::test(start_paused = true)]
async fn a_maintenance_task_exists_only_for_a_limit_and_ends_with_the_pool() {
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    // Whoever looks after what gets were given, in those that waited, is gone by then.
    let a_moment = || sleep(Duration::from_millis(50));
    let unlimited = filled(Backend::on_tokio().pool(), 2).await;
    a_moment().await;
    assert_eq!(tasks(), before);
    let limited = filled(Backend::on_tokio().pool().max_lifetime(MINUTE), 2).await;
    a_moment().await;
    assert_eq!(tasks(), before + 1);
    drop((unlimited, limited));
    let_others_run().await;
    assert_eq!(tasks(), before);
}

#[test]
fn a_task_that_a_shutdown_took_along_is_started_anew() {
    let backend = Backend::on_tokio();
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().start_paused(true).build().expect("a runtime")
    };
    let first = runtime();
    let builder = backend.pool().max_size(2).idle_timeout(MINUTE);
    let pool = first.block_on(async { builder.build().expect("settings agree") });
    let held = first.block_on(pool.get()).expect("made");
    drop(first);
    let second = runtime();
    second.block_on(async {
        drop(pool.get().await.expect("made"));
        drop(held);
        sleep(2 * MINUTE).await;
        assert_eq!(backend.alive(), 0);
    });
}

#[tokio::test(start_paused = true)]
async fn no_age_panics_and_each_means_what_it_says() {
    let ages = [Duration::ZERO, Duration::from_nanos(1), Duration::MAX];
    for lifetime in ages {
        for idle in ages {
            for jitter in [0.0, 1.0, -1.0, f64::INFINITY, f64::NAN] {
                let backend = Backend::on_tokio();
                let builder = backend.pool().max_lifetime(lifetime).idle_timeout(idle);
                let pool = filled(builder.lifetime_jitter(jitter), 2).await;
                drop(pool.get().await.expect("served"));
                sleep(Duration::from_millis(10)).await;
                let lives = lifetime == Duration::MAX && idle == Duration::MAX;
                // With all of a lifetime left to chance, it may be over at once.
                let is_sure = lifetime < Duration::MAX || jitter < 1.0 || jitter.is_nan();
                let expected = if lives { 2 } else { 0 };
                assert!(!is_sure || backend.alive() == expected, "{lifetime:?} {idle:?} {jitter}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn expired_resources_say_goodbye_outside_the_get() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().max_lifetime(MINUTE).lifetime_jitter(0.0), 1).await;
    backend.drops(Plan::Panic);
    sleep(MINUTE + Duration::from_millis(5)).await;
    backend.drops(Plan::Succeed);
    assert_eq!((backend.alive(), pool.get().await.expect("made").number()), (0, 2));
}
