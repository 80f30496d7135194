//! For tests, with the feature `testing`: something to pool, and the suite of an executor's binding.
//!
//! # Testing code that uses a pool
//!
//! A [`Probe`] is a resource that counts itself. Its [`Backend`] does as it is told: creates and
//! health checks fail, hang or take their time. In the end, [`Backend::assert_whole`] checks that
//! nothing is lost, and [`assert_whole`] does so for a pool of anything else.
//!
//! ```standalone_crate
//! # mod binding { include!("guide/threads.rs"); }
//! # use binding::Threads;
//! use pool_core::Pool;
//! use pool_core::testing::{Backend, Plan, Probe};
//!
//! /// The code that is tested.
//! async fn status_code(pool: &Pool<Probe, Threads>) -> u16 {
//!     if pool.get().await.is_ok() { 200 } else { 503 }
//! }
//!
//! # pollster::block_on(async {
//! let backend = Backend::new(Threads);
//! let pool = Pool::<Probe, Threads>::builder(backend.clone()).max_size(2).build()?;
//! assert_eq!(status_code(&pool).await, 200);
//! backend.checks(Plan::Fail).creates(Plan::Fail); // the server has gone down
//! assert_eq!(status_code(&pool).await, 503);
//! backend.checks(Plan::Succeed).creates(Plan::Succeed);
//! assert_eq!(status_code(&pool).await, 200);
//! backend.assert_whole(&pool).await;
//! # Ok::<_, pool_core::BuildError>(())
//! # }).unwrap();
//! ```
//!
//! # Testing a binding
//!
//! [`contract`] has what a [`Runtime`] has to keep by itself, [`behaviour`] what a pool promises on
//! it. [`behaviour_suite!`](crate::behaviour_suite) makes a test of each case. They are functions,
//! too, to be called one by one on whatever executor runs them.
//!
//! A case knows no executor but the runtime that it is given, and works on a paused clock as well
//! as on a real one. It waits for what it waits for, for milliseconds; what it measures has ten
//! seconds more, so that a busy machine fails nothing. A case that does not end at all fails after
//! [`LIMIT`].
//!
//! One case, with the binding of [the guide](crate::guide::executors):
//!
//! ```standalone_crate
//! # mod binding { include!("guide/threads.rs"); }
//! # use binding::Threads;
//! use std::sync::Arc;
//! use pool_core::testing::contract;
//!
//! pollster::block_on(contract::a_sleep_of_no_time_ends(Arc::new(Threads)));
//! ```

mod backend;
pub mod behaviour;
pub mod contract;
mod probe;
mod tasks;
mod whole;
mod world;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

pub use self::backend::{Backend, Plan, Refusal};
pub use self::probe::{CleanupProbe, Probe};
pub use self::whole::assert_whole;
use crate::runtime::{Runtime, Task};

/// How long a case may take before it counts as hanging.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Makes a test of each case, for one executor.
///
/// | | |
/// |---|---|
/// | `runtime` | a closure that makes the [`Runtime`]; called on the executor |
/// | `block_on` | a closure that runs a [`Task`] on the executor, to its end |
/// | `gone` | a closure that makes a runtime whose executor has shut down; where there is such a thing |
///
/// Both are called anew in each test, and each test has a thread of its own. A test binary that
/// needs the suite for several executors puts each into a module.
///
/// # Examples
///
/// A binding's whole test file:
///
/// ```standalone_crate
/// # mod binding { include!("guide/threads.rs"); }
/// # use binding::Threads;
/// pool_core::behaviour_suite! {
///     runtime: || Threads,
///     block_on: pollster::block_on,
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! behaviour_suite {
    (runtime: $runtime:expr, block_on: $block_on:expr, gone: $gone:expr $(,)?) => {
        $crate::behaviour_suite! { runtime: $runtime, block_on: $block_on }
        $crate::behaviour_suite! { @tests $gone, $block_on, contract:
            an_executor_that_is_gone_takes_tasks_all_the_same
        }
        $crate::behaviour_suite! { @tests $gone, $block_on, behaviour:
            a_pool_outlives_its_executor
        }
    };
    (runtime: $runtime:expr, block_on: $block_on:expr $(,)?) => {
        $crate::behaviour_suite! { @tests $runtime, $block_on, contract:
            a_sleep_ends_after_its_time_and_not_before
            a_sleep_of_no_time_ends
            a_sleep_of_the_longest_time_neither_panics_nor_ends
            a_sleep_wakes_whoever_polled_it_last
            a_sleep_that_is_dropped_lets_go_of_its_waker
            sleeps_side_by_side_end_each_in_its_time
            a_sleep_ends_on_a_thread_without_the_executor
            the_clock_never_goes_back
            a_task_is_run_to_its_end
            tasks_make_progress_side_by_side
            spawn_returns_before_its_task_has_ended
            spawn_panics_on_no_thread
            a_plain_thread_may_be_blocked
            enter_calls_its_work_once
            a_budget_that_is_used_up_comes_back
        }
        $crate::behaviour_suite! { @tests $runtime, $block_on, behaviour:
            a_get_lends_what_is_idle
            waiters_are_served_in_the_order_in_which_they_came
            a_returned_resource_reaches_its_waiter_at_once
            a_get_runs_out_of_time_when_it_is_over
            a_cancelled_get_costs_nobody_anything
            a_loop_of_gets_starves_no_task_of_an_executor_with_a_budget
            a_storm_of_gets_leaves_the_pool_whole
            a_create_that_hangs_frees_its_slot_after_the_create_timeout
            a_create_whose_caller_has_left_serves_the_next
            a_create_that_hangs_is_ended_although_its_caller_has_left
            a_minimum_is_filled_in_the_background
            a_minimum_that_could_not_be_created_is_tried_again
            a_check_that_hangs_costs_its_resource_after_the_recycle_timeout
            a_check_that_try_get_began_is_finished_by_the_executor
            a_reset_that_is_pending_is_finished_by_the_executor
            a_reset_that_hangs_frees_its_slot_after_the_reset_timeout
            a_close_that_is_pending_is_finished_by_the_executor
            a_close_that_hangs_frees_its_slot_after_the_close_timeout
            a_shrink_is_settled_when_the_surplus_is_gone
            growing_serves_those_who_wait
            close_ends_when_everything_is_gone
            close_within_says_what_is_left_when_its_time_is_over
            what_was_idle_for_too_long_ends
            what_has_lived_for_too_long_ends
            a_panic_in_a_create_costs_its_get_alone
            a_panic_in_a_check_costs_its_resource
            a_panic_in_a_create_that_the_executor_drives_frees_the_slot
            a_panic_in_a_reset_or_close_that_the_executor_drives_frees_the_slot
            a_plain_thread_gets_what_a_task_returns
            a_plain_thread_runs_out_of_time_when_it_is_over
            a_plain_thread_drives_a_create
            get_blocking_in_a_task_does_as_may_block_says
            an_item_goes_home_from_a_thread_without_the_executor
            a_reset_that_begins_on_a_thread_without_the_executor_ends
            a_get_kept_in_its_create_stops_no_other
            a_kept_get_stops_no_other_where_one_create_is_allowed
            an_outage_ends_although_the_get_that_tries_again_is_kept
            a_create_that_hangs_in_a_kept_get_frees_its_slot
            a_check_that_hangs_in_a_kept_get_frees_its_slot
            a_resource_that_a_kept_get_was_given_goes_on
            a_right_to_create_that_a_kept_get_was_given_goes_on
            what_a_kept_get_was_given_goes_on_when_its_time_is_over
            kept_gets_are_passed_over_one_by_one
            a_kept_get_is_first_when_it_is_polled_again
            a_kept_get_that_is_dropped_late_loses_nothing
            a_get_that_times_out_in_its_check_costs_no_resource
            a_kept_fill_keeps_no_place
            a_pool_closes_beside_kept_gets
            a_panic_of_a_create_in_the_executor_reaches_its_get
            a_panic_of_a_check_in_the_executor_reaches_its_get
            a_create_that_no_executor_takes_is_an_error
            a_check_that_no_executor_takes_costs_its_resource
            a_thread_that_others_park_is_served
        }
    };
    (@tests $runtime:expr, $block_on:expr, $kind:ident: $($case:ident)*) => {$(
        #[test]
        fn $case() {
            let limit = $crate::testing::LIMIT;
            $crate::testing::run(limit, $runtime, $block_on, $crate::testing::$kind::$case);
        }
    )*};
}

/// Runs a case within `limit`: makes the runtime on the executor, and the case, too, is its task.
///
/// # Panics
///
/// If the case does, or does not end in time. Its thread is then left as it is.
pub fn run<R: Runtime, F: Future<Output = ()> + Send + 'static>(
    limit: Duration,
    runtime: impl FnOnce() -> R + Send + 'static,
    block_on: impl FnOnce(Task) + Send + 'static,
    case: impl FnOnce(Arc<R>) -> F + Send + 'static,
) {
    let (sender, ended) = channel();
    thread::spawn(move || {
        let result = Arc::new(Mutex::new(None));
        let there = Arc::clone(&result);
        block_on(Box::pin(async move {
            let ended = tasks::caught(async move { case(Arc::new(runtime())).await }).await;
            *there.lock() = Some(ended);
        }));
        let result = result.lock().take();
        // The test may have been told that the time is over.
        drop(sender.send(result));
    });
    match ended.recv_timeout(limit) {
        Ok(Some(Ok(()))) => {}
        Ok(Some(Err(payload))) => resume_unwind(payload),
        Ok(None) => panic!("`block_on` returned before its task had ended"),
        Err(RecvTimeoutError::Timeout) => panic!("the case did not end within {limit:?}"),
        Err(RecvTimeoutError::Disconnected) => panic!("`block_on` panicked"),
    }
}
