//! Tokio: its two schedulers, a set of local tasks, and a clock that is paused.

use std::thread;

use pool_core::Task;
use pool_tokio::Tokio;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

fn single() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

fn multi() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime")
}

/// The binding at home in a runtime that is gone.
fn homeless() -> Tokio {
    let made = thread::spawn(|| multi().block_on(async { Tokio::default() }));
    made.join().expect("no panic")
}

/// Runs a case as a task of its own, so that it is driven as users' tasks are.
fn as_a_task(runtime: &Runtime, task: Task) {
    runtime.block_on(runtime.spawn(task)).expect("a case's panic is caught in it");
}

mod current_thread {
    pool_core::behaviour_suite! {
        runtime: pool_tokio::Tokio::default,
        block_on: |task| super::as_a_task(&super::single(), task),
        gone: super::homeless,
    }
}

mod the_root_of_current_thread {
    pool_core::behaviour_suite! {
        runtime: pool_tokio::Tokio::default,
        block_on: |task| super::single().block_on(task),
    }
}

mod multi_thread {
    pool_core::behaviour_suite! {
        runtime: pool_tokio::Tokio::default,
        block_on: |task| super::as_a_task(&super::multi(), task),
        gone: super::homeless,
    }
}

mod local_set {
    pool_core::behaviour_suite! {
        runtime: pool_tokio::Tokio::default,
        block_on: |task| super::LocalSet::new().block_on(&super::single(), task),
    }
}

mod paused_clock {
    use tokio::runtime::Builder;

    pool_core::behaviour_suite! {
        runtime: pool_tokio::Tokio::default,
        block_on: |task| {
            let mut runtime = Builder::new_current_thread();
            let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
            super::as_a_task(&runtime, task);
        },
    }
}
