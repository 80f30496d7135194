//! `get_blocking`: the same queue for threads that may be blocked, and a "no" for those that drive
//! tasks.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pool_core::testing::{Backend, Plan, Probe};
use pool_tests::OnTokio;
use pool_tokio::{BlockingError, GetError, Phase, Pool};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{LocalSet, block_in_place, coop, spawn_blocking};

fn single() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

fn multi() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime")
}

/// A pool of one that is idle, at home in a runtime.
fn pool_of_one(runtime: &Runtime, backend: &Backend) -> Pool<Probe> {
    let _entered = runtime.enter();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    drop(runtime.block_on(pool.get()).expect("made"));
    pool
}

/// For threads, whose progress only the pool can tell of.
fn wait_until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it never came to be");
        thread::yield_now();
    }
}

fn assert_refused(pool: &Pool<Probe>) {
    let before = (pool.status(), pool.counters());
    let refused = pool.get_blocking().expect_err("this thread drives tasks");
    assert!(matches!(refused, BlockingError::DrivesTasks), "{refused}");
    assert_eq!((pool.status(), pool.counters()), before, "it took or lost something");
}

/// How many units of its budget the task has left: all are taken, and given back.
fn units_left(cx: &mut Context<'_>) -> usize {
    let Poll::Ready(_restore) = coop::poll_proceed(cx) else { return 0 };
    let mut units = 1;
    while use_unit(cx) {
        units += 1;
        assert!(units < 10_000, "no budget at all");
    }
    units
}

fn use_unit(cx: &mut Context<'_>) -> bool {
    coop::poll_proceed(cx).map(|unit| unit.made_progress()).is_ready()
}

#[test]
fn a_plain_thread_is_served_at_once_by_a_pool_without_a_runtime() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let (first, again) = thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let created = pool.get_blocking().expect("made").number();
            (created, pool.get_blocking().expect("idle").number())
        });
        thread.join().expect("no panic")
    });
    assert_eq!((first, again, pool.status().idle), (1, 1, 1));
}

#[test]
fn threads_and_tasks_wait_in_one_queue() {
    const WAITERS: usize = 20;
    let (runtime, backend) = (multi(), Backend::on_tokio());
    let pool = {
        let _entered = runtime.enter();
        backend.pool().max_size(WAITERS + 1).build().expect("settings agree")
    };
    let held = runtime.block_on(pool.get()).expect("made");
    // For each a create is in flight that never ends: by its permit, it is seen to be in the queue.
    backend.creates(Plan::Hang);
    let order = Arc::new(Mutex::new(Vec::new()));
    let (mut threads, mut tasks) = (Vec::new(), Vec::new());
    for number in 0..WAITERS {
        let (pool_there, order) = (pool.clone(), order.clone());
        if number % 2 == 0 {
            tasks.push(runtime.spawn(async move {
                let _item = pool_there.get().await.expect("served");
                order.lock().push(number);
            }));
        } else {
            threads.push(thread::spawn(move || {
                let _item = pool_there.get_blocking().expect("served");
                order.lock().push(number);
            }));
        }
        wait_until(|| pool.status().creating == number + 1);
    }
    drop(held);
    for thread in threads {
        thread.join().expect("no panic");
    }
    for task in tasks {
        runtime.block_on(task).expect("no panic");
    }
    assert_eq!(*order.lock(), (0..WAITERS).collect::<Vec<_>>());
}

#[test]
fn a_create_that_needs_the_runtime_is_awaited_on_a_plain_thread() {
    let (runtime, backend) = (multi(), Backend::on_tokio());
    let pool = {
        let _entered = runtime.enter();
        backend.pool().max_size(1).build().expect("settings agree")
    };
    backend.creates(Plan::After(Duration::from_millis(5)));
    let begun = Instant::now();
    assert_eq!(pool.get_blocking().expect("made").number(), 1);
    assert!(begun.elapsed() >= Duration::from_millis(5));
    backend.checks(Plan::After(Duration::from_millis(5)));
    assert_eq!(pool.get_blocking().expect("checked").number(), 1);
    assert_eq!((backend.created(), backend.checked()), (1, 1));
    backend.checks(Plan::Succeed);
    runtime.block_on(backend.assert_whole(&pool));
}

#[test]
fn a_blocked_get_times_out_as_any_other() {
    let (runtime, backend) = (multi(), Backend::on_tokio());
    let limit = Duration::from_millis(20);
    let pool = {
        let _entered = runtime.enter();
        backend.pool().max_size(1).get_timeout(limit).build().expect("settings agree")
    };
    let held = pool.get_blocking().expect("made");
    let begun = Instant::now();
    let error = pool.get_blocking().expect_err("it is held");
    let BlockingError::Get(GetError::TimedOut(timed_out)) = error else { panic!("{error:?}") };
    assert!((limit..Duration::from_secs(5)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    assert_eq!((timed_out.phase, pool.waiting()), (Phase::Wait, 0));
    drop(held);
    assert_eq!(pool.counters().timed_out, 1);
    runtime.block_on(backend.assert_whole(&pool));
}

#[test]
fn it_is_refused_in_a_task_and_in_the_root_of_every_runtime() {
    for runtime in [single(), multi()] {
        let backend = Backend::on_tokio();
        let pool = pool_of_one(&runtime, &backend);
        runtime.block_on(async { assert_refused(&pool) });
        let in_a_task = runtime.spawn({
            let pool = pool.clone();
            async move { assert_refused(&pool) }
        });
        runtime.block_on(in_a_task).expect("no panic");
        runtime.block_on(backend.assert_whole(&pool));
    }
}

#[test]
fn it_is_refused_in_a_task_of_a_local_set() {
    let (runtime, backend) = (single(), Backend::on_tokio());
    let pool = pool_of_one(&runtime, &backend);
    let tasks = LocalSet::new();
    let local = tasks.spawn_local({
        let pool = pool.clone();
        async move { assert_refused(&pool) }
    });
    runtime.block_on(tasks);
    runtime.block_on(local).expect("no panic");
    runtime.block_on(backend.assert_whole(&pool));
}

#[test]
fn it_is_refused_where_nothing_is_left_of_the_budget() {
    let (runtime, backend) = (single(), Backend::on_tokio());
    let pool = pool_of_one(&runtime, &backend);
    let task = runtime.spawn({
        let pool = pool.clone();
        poll_fn(move |cx| {
            while use_unit(cx) {}
            assert_refused(&pool);
            assert!(!coop::has_budget_remaining());
            Poll::Ready(())
        })
    });
    runtime.block_on(task).expect("no panic");
    runtime.block_on(backend.assert_whole(&pool));
}

#[test]
fn a_refusal_gives_the_tasks_budget_back() {
    let (runtime, backend) = (single(), Backend::on_tokio());
    let pool = pool_of_one(&runtime, &backend);
    let task = runtime.spawn(poll_fn(move |cx| {
        let full = units_left(cx);
        assert!(full > 20, "{full} units are no budget");
        for used in 0..full {
            assert!(coop::has_budget_remaining());
            assert_eq!(units_left(cx), full - used);
            assert_refused(&pool);
            assert!(coop::has_budget_remaining());
            assert_eq!(units_left(cx), full - used, "after {used} were used");
            assert!(use_unit(cx));
        }
        Poll::Ready(())
    }));
    runtime.block_on(task).expect("no panic");
}

#[test]
fn a_thread_for_blocking_work_waits_for_what_a_task_holds() {
    for runtime in [single(), multi()] {
        let backend = Backend::on_tokio();
        let pool = pool_of_one(&runtime, &backend);
        runtime.block_on(async {
            let held = pool.get().await.expect("idle");
            let blocked = spawn_blocking({
                let pool = pool.clone();
                move || pool.get_blocking().map(|item| item.number())
            });
            while pool.waiting() == 0 {
                tokio::task::yield_now().await;
            }
            drop(held);
            assert_eq!(blocked.await.expect("no panic").expect("served"), 1);
            backend.assert_whole(&pool).await;
        });
    }
}

#[test]
fn a_worker_that_has_left_its_tasks_to_another_waits_for_what_they_hold() {
    let (runtime, backend) = (multi(), Backend::on_tokio());
    let pool = pool_of_one(&runtime, &backend);
    let held = runtime.block_on(pool.get()).expect("idle");
    let blocked = runtime.spawn({
        let pool = pool.clone();
        async move {
            assert_refused(&pool);
            let number = block_in_place(|| pool.get_blocking().map(|item| item.number()));
            assert_refused(&pool);
            number
        }
    });
    let holder = runtime.spawn({
        let pool = pool.clone();
        async move {
            while pool.waiting() == 0 {
                tokio::task::yield_now().await;
            }
            drop(held);
        }
    });
    runtime.block_on(holder).expect("no panic");
    assert_eq!(runtime.block_on(blocked).expect("no panic").expect("served"), 1);
    runtime.block_on(backend.assert_whole(&pool));
}

#[test]
fn a_thread_that_has_only_entered_a_runtime_may_be_blocked() {
    let (runtime, backend) = (multi(), Backend::on_tokio());
    let pool = pool_of_one(&runtime, &backend);
    let held = runtime.block_on(pool.get()).expect("idle");
    thread::scope(|scope| {
        let blocked = scope.spawn(|| {
            let _entered = runtime.enter();
            pool.get_blocking().map(|item| item.number())
        });
        wait_until(|| pool.waiting() == 1);
        drop(held);
        assert_eq!(blocked.join().expect("no panic").expect("served"), 1);
    });
    runtime.block_on(backend.assert_whole(&pool));
}

#[test]
fn a_create_that_panics_unwinds_through_it_and_costs_nothing() {
    let (runtime, backend) = (single(), Backend::on_tokio());
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    backend.creates(Plan::Panic);
    assert!(catch_unwind(AssertUnwindSafe(|| pool.get_blocking())).is_err());
    assert_eq!((pool.status().size, backend.alive(), pool.waiting()), (0, 0, 0));
    assert_eq!((pool.counters().started, pool.counters().failed), (1, 1));
    backend.creates(Plan::Succeed);
    runtime.block_on(backend.assert_whole(&pool));
}

#[test]
fn a_create_that_fails_is_told() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().build().expect("defaults agree");
    backend.creates(Plan::Fail);
    let error = pool.get_blocking().expect_err("creates fail");
    assert!(matches!(&error, BlockingError::Get(GetError::Create(_))), "{error:?}");
    let source = std::error::Error::source(&error).expect("the cause");
    assert_eq!(source.to_string(), "refused");
}

#[test]
fn closing_tells_threads_that_are_blocked_and_those_that_come() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).get_timeout(None).build().expect("settings agree");
    let held = pool.get_blocking().expect("made");
    thread::scope(|scope| {
        let blocked = scope.spawn(|| pool.get_blocking().map(drop));
        wait_until(|| pool.waiting() == 1);
        drop(pool.close());
        let told = blocked.join().expect("no panic");
        assert!(matches!(told, Err(BlockingError::Get(GetError::Closed))), "{told:?}");
    });
    let told = pool.get_blocking().map(drop);
    assert!(matches!(told, Err(BlockingError::Get(GetError::Closed))), "{told:?}");
    drop(held);
    assert_eq!(backend.alive(), 0);
}

#[test]
fn it_counts_as_a_get() {
    let pool = Backend::on_tokio().pool().max_size(1).build().expect("settings agree");
    let before = pool.counters();
    assert_eq!((before.started, before.served), (0, 0));
    drop(pool.get_blocking().expect("made"));
    drop(pool.get_blocking().expect("idle"));
    let after = pool.counters();
    assert_eq!((after.started, after.served, after.waiting, after.tried), (2, 2, 0, 0));
    drop(pool.close());
    assert!(pool.get_blocking().is_err());
    let after = pool.counters();
    assert_eq!((after.started, after.served, after.failed), (3, 2, 1));
}
