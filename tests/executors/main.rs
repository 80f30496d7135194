//! The suite of `pool_core::testing` on tokio, however it is run, and on the guide's binding; and
//! bindings that break the contract, each of which it catches.

mod broken;
mod list;
mod tokio;

#[expect(unreachable_pub, reason = "a binding to copy, where it is public")]
#[path = "../../pool-core/src/guide/threads.rs"]
mod threads;

mod on_threads {
    pool_core::behaviour_suite! {
        runtime: || crate::threads::Threads,
        block_on: pollster::block_on,
    }
}
