//! All that a pool promises, on smol: on its global executor, and on a thread that only blocks on it.

mod in_a_task {
    pool_core::behaviour_suite! {
        runtime: || pool_example_smol::Smol,
        block_on: |task| smol::block_on(smol::spawn(task)),
    }
}

mod in_the_root {
    pool_core::behaviour_suite! {
        runtime: || pool_example_smol::Smol,
        block_on: smol::block_on,
    }
}
