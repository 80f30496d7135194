//! Settings at run time: each takes effect, all at the same moment, and none that contradicts
//! another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use pool_core::testing::{Backend, CleanupProbe, Plan, Probe};
use pool_tests::{OnTokio, filled, let_others_run};
use pool_tokio::{Backoff, BuildError, GetError, Item, Phase, Pool, RecyclePolicy, Settings};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

const TENTH: Duration = Duration::from_millis(100);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn change(pool: &Pool<Probe>, change: impl FnMut(&mut Settings)) {
    pool.reconfigure(change).expect("settings agree");
}

fn getter(pool: &Pool<Probe>) -> JoinHandle<Item<Probe>> {
    let pool = pool.clone();
    tokio::spawn(async move { pool.get().await.expect("served") })
}

/// Gets until time is over, and tells in which phase and after how many milliseconds.
async fn times_out(pool: &Pool<Probe>) -> (Phase, u128) {
    let begun = Instant::now();
    let error = pool.get().await.expect_err("time runs out");
    let GetError::TimedOut(timed_out) = error else { panic!("{error:?}") };
    (timed_out.phase, begun.elapsed().as_millis())
}

#[tokio::test(start_paused = true)]
async fn another_get_timeout_is_for_later_gets() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).get_timeout(SECOND).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let earlier = tokio::spawn({
        let pool = pool.clone();
        async move { times_out(&pool).await }
    });
    let_others_run().await;
    change(&pool, |settings| settings.get_timeout = Some(TENTH));
    assert_eq!(times_out(&pool).await, (Phase::Wait, 100));
    assert_eq!(earlier.await.expect("no panic"), (Phase::Wait, 1000));
    change(&pool, |settings| settings.get_timeout = None);
    let patient = getter(&pool);
    sleep(60 * MINUTE).await;
    drop(held);
    drop(patient.await.expect("no panic"));
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn other_timeouts_for_creates_and_checks_are_obeyed() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).get_timeout(None).build().expect("settings agree");
    backend.creates(Plan::Hang);
    change(&pool, |settings| settings.create_timeout = Some(TENTH));
    assert_eq!(times_out(&pool).await, (Phase::Create, 100));
    backend.creates(Plan::Succeed);
    drop(pool.get().await.expect("made"));
    backend.checks(Plan::Hang);
    change(&pool, |settings| settings.recycle_timeout = Some(TENTH));
    let begun = Instant::now();
    drop(pool.get().await.expect("a new one"));
    assert_eq!((begun.elapsed().as_millis(), backend.alive()), (100, 1));
    backend.checks(Plan::Succeed);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn other_timeouts_for_resets_and_closes_are_obeyed() {
    let backend = Backend::on_tokio();
    let pool =
        Pool::<CleanupProbe>::builder(backend.clone()).max_size(1).build().expect("they agree");
    backend.resets(Plan::Hang).closes(Plan::Hang);
    let limits = |settings: &mut Settings| {
        (settings.reset_timeout, settings.close_timeout) = (Some(TENTH), Some(2 * TENTH));
    };
    pool.reconfigure(limits).expect("settings agree");
    drop(pool.get().await.expect("made"));
    sleep(Duration::from_millis(298)).await;
    assert_eq!((pool.status().closing, backend.alive()), (1, 1));
    sleep(Duration::from_millis(4)).await;
    assert_eq!((pool.status().closing, backend.alive()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn another_max_size_serves_those_who_wait_or_ends_what_is_idle() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let waiters = [getter(&pool), getter(&pool)];
    let_others_run().await;
    change(&pool, |settings| settings.max_size = 3);
    let_others_run().await;
    assert_eq!((pool.waiting(), pool.status().in_use), (0, 3));
    for waiter in waiters {
        drop(waiter.await.expect("no panic"));
    }
    change(&pool, |settings| settings.max_size = 2);
    assert_eq!((backend.alive(), pool.status().idle, pool.status().in_use), (2, 1, 1));
    drop(held);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_of_something_else_ends_nothing_beside_what_is_closing() {
    let backend = Backend::on_tokio();
    let builder = Pool::<CleanupProbe>::builder(backend.clone()).max_size(4).min_size(4);
    let pool = builder.build_filled().await.expect("made");
    backend.closes(Plan::Gate);
    pool.resize(2);
    assert_eq!((pool.status().idle, pool.status().closing), (2, 2));
    pool.reconfigure(|settings| settings.get_timeout = None).expect("settings agree");
    pool.resize(2);
    assert_eq!((pool.status().idle, pool.status().closing), (2, 2));
    backend.open(4);
    pool.settled().await;
    assert_eq!((pool.status().idle, backend.alive()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn another_minimum_is_made_in_the_background() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(5).build().expect("settings agree");
    change(&pool, |settings| settings.min_size = 2);
    let_others_run().await;
    assert_eq!((pool.status().idle, backend.created()), (2, 2));
    let held = pool.get().await.expect("idle");
    change(&pool, |settings| settings.min_idle = 3);
    let_others_run().await;
    assert_eq!((pool.status().idle, pool.status().in_use, backend.created()), (3, 1, 4));
    let none = |settings: &mut Settings| (settings.min_size, settings.min_idle) = (0, 0);
    change(&pool, none);
    pool.invalidate_all();
    drop(held);
    let_others_run().await;
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn a_greater_max_creating_lets_those_who_wait_create() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Gate);
    let pool = backend.pool().max_size(5).max_creating(1).build().expect("settings agree");
    let waiters = [getter(&pool), getter(&pool), getter(&pool), getter(&pool)];
    let_others_run().await;
    assert_eq!(backend.created(), 1);
    change(&pool, |settings| settings.max_creating = 3);
    let_others_run().await;
    assert_eq!((pool.status().creating, backend.created()), (3, 3));
    change(&pool, |settings| settings.max_creating = 1);
    backend.open(4);
    for waiter in waiters {
        drop(waiter.await.expect("no panic"));
    }
    backend.creates(Plan::Succeed);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn another_max_waiting_is_for_those_who_come() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let waiters = [getter(&pool), getter(&pool)];
    let_others_run().await;
    change(&pool, |settings| settings.max_waiting = Some(1));
    assert!(matches!(pool.get().await, Err(GetError::Overloaded)));
    assert_eq!(pool.waiting(), 2, "nobody is sent away");
    change(&pool, |settings| settings.max_waiting = None);
    let third = getter(&pool);
    let_others_run().await;
    assert!(!third.is_finished());
    drop(held);
    for waiter in waiters.into_iter().chain([third]) {
        drop(waiter.await.expect("no panic"));
    }
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn another_max_lifetime_is_for_later_creates() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 1).await;
    let limited = |settings: &mut Settings| {
        settings.max_size = 3;
        (settings.max_lifetime, settings.lifetime_jitter) = (Some(MINUTE), 0.0);
    };
    change(&pool, limited);
    backend.assert_whole(&pool).await;
    change(&pool, |settings| settings.max_lifetime = None);
    sleep(Duration::from_millis(59_998)).await;
    assert_eq!(backend.alive(), 3);
    sleep(Duration::from_millis(4)).await;
    assert_eq!((backend.alive(), pool.get().await.expect("idle").number()), (1, 1));
    sleep(60 * MINUTE).await;
    backend.assert_whole(&pool).await;
    sleep(60 * MINUTE).await;
    assert_eq!((backend.alive(), backend.created()), (3, 5), "the later ones have no limit");
}

#[tokio::test(start_paused = true)]
async fn an_idle_timeout_takes_effect_when_it_is_set_lowered_and_removed() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 3).await;
    sleep(60 * MINUTE).await;
    change(&pool, |settings| settings.idle_timeout = Some(24 * 60 * MINUTE));
    sleep(SECOND).await;
    assert_eq!(backend.alive(), 3);
    // The task sleeps for three hours, and is not waited for.
    change(&pool, |settings| settings.idle_timeout = Some(2 * SECOND));
    sleep(2 * SECOND + SECOND / 2).await;
    assert_eq!((backend.alive(), pool.status().size), (0, 0));
    drop(pool.get().await.expect("made"));
    change(&pool, |settings| settings.idle_timeout = None);
    sleep(60 * MINUTE).await;
    assert_eq!(backend.alive(), 1);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn another_recycle_policy_is_obeyed_from_the_next_check_on() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 1).await;
    let warm = RecyclePolicy::IfIdleFor(SECOND);
    // The first one of a policy that reads the clock has no time of return to compare with.
    let course = [
        (RecyclePolicy::Always, true),
        (RecyclePolicy::Never, false),
        (warm, true),
        (warm, false),
        (RecyclePolicy::Always, true),
        (warm, true),
        (warm, false),
        (RecyclePolicy::Never, false),
        (RecyclePolicy::Always, true),
    ];
    for (step, (policy, checks)) in course.into_iter().enumerate() {
        change(&pool, |settings| settings.recycle_policy = policy);
        let before = backend.checked();
        drop(pool.get().await.expect("idle"));
        assert_eq!(backend.checked() - before, usize::from(checks), "{step}: {policy:?}");
        sleep(SECOND / 2).await;
    }
    change(&pool, |settings| settings.recycle_policy = warm);
    drop(pool.get().await.expect("idle"));
    sleep(SECOND).await;
    let before = backend.checked();
    drop(pool.get().await.expect("idle"));
    assert_eq!(backend.checked() - before, 1, "it has been idle for long enough");
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn another_back_off_paces_the_next_creates() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    backend.creates(Plan::FailAfter(Duration::from_millis(1)));
    let tries_in_a_second = async || {
        let before = backend.created();
        assert!(pool.get_timeout(SECOND).await.is_err());
        backend.created() - before
    };
    let gentle = Some(Backoff::new(SECOND / 2, SECOND / 2));
    change(&pool, |settings| settings.create_backoff = gentle);
    let tries = tries_in_a_second().await;
    assert!((1..=5).contains(&tries), "{tries}");
    sleep(SECOND).await;
    change(&pool, |settings| settings.create_backoff = None);
    let tries = tries_in_a_second().await;
    assert!((999..=1001).contains(&tries), "{tries}");
    drop(held);
    backend.creates(Plan::Succeed);
    backend.assert_whole(&pool).await;
}

#[tokio::test]
async fn whether_a_panicking_holder_costs_its_resource_is_a_setting() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).discard_on_panic(false).build().expect("they agree");
    let panic_with_it = async || {
        let item = pool.get().await.expect("served");
        let number = item.number();
        let holder = AssertUnwindSafe(move || {
            let _item = item;
            panic!("as planned");
        });
        assert!(catch_unwind(holder).is_err());
        number
    };
    assert_eq!((panic_with_it().await, backend.alive()), (1, 1));
    change(&pool, |settings| settings.discard_on_panic = true);
    assert_eq!((panic_with_it().await, backend.alive()), (1, 0));
    change(&pool, |settings| settings.discard_on_panic = false);
    assert_eq!((panic_with_it().await, backend.alive()), (2, 1));
    backend.assert_whole(&pool).await;
}

#[test]
fn what_contradicts_is_refused_and_changes_nothing() {
    type Contradiction = (fn(&mut Settings), BuildError);
    let contradictions: [Contradiction; 4] = [
        (|settings| settings.min_size = 5, BuildError::MinAboveMax { min_size: 5, max_size: 4 }),
        (
            |settings| (settings.max_size, settings.min_size) = (2, 3),
            BuildError::MinAboveMax { min_size: 3, max_size: 2 },
        ),
        (
            |settings| settings.min_idle = 5,
            BuildError::MinIdleAboveMax { min_idle: 5, max_size: 4 },
        ),
        (|settings| settings.max_creating = 0, BuildError::NoCreates),
    ];
    let pool = Backend::on_tokio().pool().min_size(1).min_idle(1).build().expect("settings agree");
    let before = pool.settings();
    for (contradict, error) in contradictions {
        let refused = pool.reconfigure(|settings| {
            settings.get_timeout = None;
            contradict(settings);
        });
        assert_eq!((refused, pool.settings()), (Err(error), before));
    }
    let builder = Backend::on_tokio().pool().max_size(4);
    let refused = builder.min_idle(5).build().map(drop);
    assert_eq!(refused, Err(BuildError::MinIdleAboveMax { min_idle: 5, max_size: 4 }));
}

#[tokio::test(start_paused = true)]
async fn a_maximum_may_be_lowered_below_the_minimum() {
    let backend = Backend::on_tokio();
    let builder = backend.pool().max_size(4).min_size(3).min_idle(2);
    let pool = builder.build_filled().await.expect("made");
    pool.resize(1);
    assert_eq!((pool.status().size, pool.settings().min_size), (1, 3));
    change(&pool, |settings| settings.max_size = 0);
    change(&pool, |settings| settings.get_timeout = None);
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
    // Lowered, a minimum may stay above it; raised, it may not.
    change(&pool, |settings| settings.min_size = 2);
    let raised = pool.reconfigure(|settings| settings.min_size = 3);
    assert_eq!(raised, Err(BuildError::MinAboveMax { min_size: 3, max_size: 0 }));
    pool.resize(4);
    let_others_run().await;
    assert_eq!(pool.status().idle, 2, "the minimum holds again");
    backend.assert_whole(&pool).await;
}

#[test]
fn changes_from_many_threads_are_all_made() {
    const THREADS: usize = 4;
    const CHANGES: usize = 1000;
    let builder = Backend::on_tokio().pool().max_size(0).max_creating(1);
    let pool = builder.build().expect("settings agree");
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..CHANGES {
                    let one_more = |settings: &mut Settings| {
                        assert_eq!(settings.min_idle, settings.max_size, "half of a change");
                        thread::yield_now();
                        settings.min_idle += 1;
                        settings.max_size += 1;
                    };
                    pool.reconfigure(one_more).expect("settings agree");
                }
            });
        }
    });
    let Settings { max_size, min_idle, .. } = pool.settings();
    assert_eq!((max_size, min_idle), (THREADS * CHANGES, THREADS * CHANGES));
}

#[test]
fn a_change_that_another_comes_between_is_made_again() {
    let pool = Backend::on_tokio().pool().max_size(2).build().expect("settings agree");
    let mut calls = 0;
    change(&pool, |settings| {
        calls += 1;
        if calls == 1 {
            pool.resize(7);
        }
        settings.max_waiting = Some(settings.max_size);
    });
    assert_eq!((calls, pool.settings().max_size, pool.settings().max_waiting), (2, 7, Some(7)));
}

#[tokio::test(start_paused = true)]
async fn the_change_may_ask_the_pool_and_its_panic_changes_nothing() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    change(&pool, |settings| {
        assert_eq!(pool.settings(), *settings);
        settings.max_size = pool.status().size + 2;
    });
    let before = pool.settings();
    assert_eq!(before.max_size, 3);
    let panicking = AssertUnwindSafe(|| {
        pool.reconfigure(|settings| {
            settings.max_size = 0;
            panic!("as planned");
        })
    });
    assert!(catch_unwind(panicking).is_err());
    assert_eq!((pool.settings(), pool.status().size), (before, 1));
    drop(held);
    backend.assert_whole(&pool).await;
}
