//! All that a pool promises, on plain threads.

pool_core::behaviour_suite! {
    runtime: || pool_on_threads::Threads,
    block_on: pollster::block_on,
}
