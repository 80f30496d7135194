//! No runtime at all: what is ready at once is served, what is pending is told so, and nothing loops.

use std::thread;
use std::time::Instant;

use pool_core::testing::{Backend, Plan, Probe};
use pool_tests::OnTokio;
use pool_tokio::{BlockingError, Builder, GetError, Tokio};

use crate::scene::{GRACE, ms, wait_until};

/// With the default timeouts: none of them needs a timer where nothing goes on.
fn pool(backend: &Backend, max_size: usize) -> Builder<Probe, Tokio> {
    backend.pool().max_size(max_size)
}

#[test]
fn without_a_runtime_a_pending_create_is_an_error_and_a_ready_one_is_served() {
    let backend = Backend::on_tokio();
    let pool = pool(&backend, 1).build().expect("settings agree");
    drop(pool.get_blocking().expect("ready at once"));
    pool.invalidate_all();
    for plan in [Plan::Yield, Plan::Gate, Plan::Hang] {
        let before = backend.created();
        backend.creates(plan);
        let begun = Instant::now();
        let told = pool.get_blocking().map(drop);
        assert!(matches!(told, Err(BlockingError::Get(GetError::NoExecutor))), "{told:?}");
        assert!(begun.elapsed() < GRACE);
        assert!(backend.created() - before <= 2, "{} creates", backend.created() - before);
    }
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
    backend.creates(Plan::Succeed);
    drop(pool.get_blocking().expect("ready at once"));
    let counters = pool.counters();
    assert_eq!((counters.served, counters.failed, counters.waiting), (2, 3, 0));
}

/// A check that would go on ends, and the get is served by a create.
#[test]
fn without_a_runtime_a_pending_check_costs_its_resource() {
    let backend = Backend::on_tokio();
    let pool = pool(&backend, 1).build().expect("settings agree");
    drop(pool.get_blocking().expect("ready at once"));
    backend.checks(Plan::Yield);
    let item = pool.get_blocking().expect("served");
    assert_eq!((item.number(), backend.alive()), (2, 1));
    drop(item);
    assert!(pool.try_get().is_err());
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
}

/// Nor is a fill a loop.
#[test]
fn without_a_runtime_a_fill_is_told_so() {
    let backend = Backend::on_tokio();
    let pool = pool(&backend, 3).min_size(3).build().expect("settings agree");
    backend.creates(Plan::Yield);
    let told = pollster::block_on(pool.fill());
    assert!(matches!(told, Err(GetError::NoExecutor)), "{told:?}");
    assert!(backend.created() <= 6, "{} creates", backend.created());
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
}

/// Nobody is there to wait until the next create may begin.
#[test]
fn without_a_runtime_a_create_that_has_to_pause_is_an_error() {
    let backend = Backend::on_tokio();
    let pool = pool(&backend, 1).build().expect("settings agree");
    backend.creates(Plan::Fail);
    let told = pool.get_blocking().map(drop);
    assert!(matches!(told, Err(BlockingError::Get(GetError::Create(_)))), "{told:?}");
    let told = pool.get_blocking().map(drop);
    assert!(matches!(told, Err(BlockingError::Get(GetError::NoExecutor))), "{told:?}");
    assert_eq!((pool.status().size, backend.created()), (0, 1));
}

/// What the pool begins for the minimum finds no executor; the fill needs none.
#[test]
fn without_a_runtime_a_fill_makes_what_is_ready_at_once() {
    let backend = Backend::on_tokio();
    let pool = pool(&backend, 3).min_size(3).build().expect("settings agree");
    pollster::block_on(pool.fill()).expect("ready at once");
    assert_eq!((pool.status().idle, backend.created()), (3, 3));
}

#[test]
fn without_a_runtime_a_thread_waits_as_long_as_it_may() {
    let backend = Backend::on_tokio();
    let pool = pool(&backend, 1).build().expect("settings agree");
    let held = pool.get_blocking().expect("ready at once");
    let there = pool.clone();
    let served = thread::spawn(move || there.get_blocking().map(drop));
    wait_until(|| pool.waiting() == 1);
    drop(held);
    served.join().expect("no panic").expect("served");
    let held = pool.get_blocking().expect("idle");
    pool.reconfigure(|settings| settings.get_timeout = Some(ms(50))).expect("they agree");
    let told = pool.get_blocking().map(drop);
    let Err(BlockingError::Get(GetError::TimedOut(timed_out))) = told else { panic!("{told:?}") };
    assert!((ms(50)..GRACE).contains(&timed_out.waited), "{timed_out}");
    drop(held);
}
