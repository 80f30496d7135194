//! All that a pool promises, on plain threads, whoever blocks on it: `pollster`, and `futures` with
//! its own pool of threads or without.

mod on_pollster {
    pool_core::behaviour_suite! {
        runtime: || pool_example_threads::Threads,
        block_on: pollster::block_on,
    }
}

mod on_futures {
    pool_core::behaviour_suite! {
        runtime: || pool_example_threads::Threads,
        block_on: futures::executor::block_on,
    }
}

mod in_a_task_of_futures {
    use futures::executor::{ThreadPool, block_on};
    use futures::task::SpawnExt;

    pool_core::behaviour_suite! {
        runtime: || pool_example_threads::Threads,
        block_on: |task| {
            let threads = ThreadPool::builder().pool_size(2).create().expect("threads");
            block_on(threads.spawn_with_handle(task).expect("they run"));
        },
    }
}
