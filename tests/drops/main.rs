//! Laws P2 and Z3 where a mistake would abort, hang or exit the process: so each of these has one of
//! its own.

use std::time::Duration;

use pool_core::testing::{Backend, Probe};
use pool_tokio::Pool;
use tokio::runtime::{Builder, Runtime};

mod alone;
mod panics;
mod runtimes;
mod threads;

/// Makes each function a test that runs in a process of its own.
macro_rules! in_its_own_process {
    ($($(#[doc = $doc:literal])* fn $name:ident() $situation:block)*) => {$(
        $(#[doc = $doc])*
        #[test]
        fn $name() {
            let path = concat!(module_path!(), "::", stringify!($name));
            let (_, test) = path.split_once("::").expect("a module of this crate");
            $crate::alone::alone(test, || $situation);
        }
    )*};
}

use in_its_own_process;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

fn threaded_runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime")
}

/// Checks that the pool is as good as new, on a runtime of its own.
fn assert_whole(pool: &Pool<Probe>, backend: &Backend) {
    runtime().block_on(async {
        let begun = tokio::time::Instant::now();
        backend.assert_whole(pool).await;
        assert!(begun.elapsed() < Duration::from_secs(5), "somebody waited for a timer");
    });
}
