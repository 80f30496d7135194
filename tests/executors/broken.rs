//! Bindings that break the contract in one point each: the case that stands for it fails.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pool_core::testing::{LIMIT, behaviour, contract, run};
use pool_core::{Runtime, Sleep, Task};

use crate::threads::Threads;

/// What is wrong with the binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Nothing is: the other cases show nothing if this one fails.
    None,
    SleepIsEarly,
    SleepNeverEnds,
    SleepOfNoTimeNeverEnds,
    LongSleepPanics,
    LongSleepWrapsAround,
    SleepKeepsItsFirstWaker,
    SleepLeaksItsWaker,
    SleepDisplacesTheLast,
    SleepNeedsTheExecutor,
    ClockGoesBack,
    TaskIsDropped,
    TaskIsPolledOnce,
    TasksTakeTurns,
    SpawnBlocks,
    SpawnPanicsElsewhere,
    ThreadMayNotBlock,
    EnterCallsNothing,
    EnterCallsTwice,
    BudgetWakesNobody,
}

use Fault as F;

/// The guide's binding, with a fault.
struct Broken {
    fault: Fault,
    /// The thread that it was made on: the executor, to this binding.
    home: ThreadId,
    calls: Arc<AtomicUsize>,
    turn: Arc<Mutex<()>>,
}

impl Broken {
    fn new(fault: Fault) -> Self {
        Self { fault, home: thread::current().id(), calls: Arc::default(), turn: Arc::default() }
    }

    fn is_at_home(&self) -> bool {
        thread::current().id() == self.home
    }
}

impl Runtime for Broken {
    fn now(&self) -> Instant {
        let now = Instant::now();
        let goes_back =
            self.fault == F::ClockGoesBack && self.calls.fetch_add(1, SeqCst) % 100 == 99;
        if goes_back { now.checked_sub(Duration::from_millis(5)).unwrap_or(now) } else { now }
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        match self.fault {
            F::SleepIsEarly => Threads.sleep(duration / 2),
            F::SleepNeverEnds => Box::pin(std::future::pending()),
            F::SleepOfNoTimeNeverEnds if duration.is_zero() => Box::pin(std::future::pending()),
            F::LongSleepPanics => {
                let until = Instant::now() + duration;
                Threads.sleep(until.saturating_duration_since(Instant::now()))
            }
            F::LongSleepWrapsAround => {
                let nanoseconds = duration.as_nanos() & u128::from(u32::MAX);
                Threads.sleep(Duration::from_nanos(u64::try_from(nanoseconds).expect("masked")))
            }
            F::SleepKeepsItsFirstWaker => {
                Box::pin(FirstWaker { sleep: Threads.sleep(duration), waker: None })
            }
            F::SleepLeaksItsWaker => Box::pin(Leaking(Threads.sleep(duration))),
            F::SleepDisplacesTheLast => {
                let number = self.calls.fetch_add(1, SeqCst) + 1;
                let (calls, mut sleep) = (Arc::clone(&self.calls), Threads.sleep(duration));
                Box::pin(poll_fn(move |cx| match calls.load(SeqCst) {
                    newest if newest == number => sleep.as_mut().poll(cx),
                    _ => Poll::Pending,
                }))
            }
            F::SleepNeedsTheExecutor => {
                assert!(self.is_at_home(), "there is no timer on this thread");
                Threads.sleep(duration)
            }
            _ => Threads.sleep(duration),
        }
    }

    fn spawn(&self, mut task: Task) {
        match self.fault {
            F::TaskIsDropped => drop(task),
            F::TaskIsPolledOnce => {
                let _pending = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            }
            F::TasksTakeTurns => {
                let turn = Arc::clone(&self.turn);
                thread::spawn(move || {
                    let _turn = turn.lock();
                    pollster::block_on(task);
                });
            }
            F::SpawnBlocks => pollster::block_on(task),
            F::SpawnPanicsElsewhere => {
                assert!(self.is_at_home(), "there is no executor on this thread");
                Threads.spawn(task);
            }
            _ => Threads.spawn(task),
        }
    }

    fn may_block(&self) -> bool {
        self.fault != F::ThreadMayNotBlock
    }

    fn enter(&self, work: &mut dyn FnMut()) {
        match self.fault {
            F::EnterCallsNothing => {}
            F::EnterCallsTwice => (0..2).for_each(|_| work()),
            _ => work(),
        }
    }

    fn poll_budget(&self, _: &mut Context<'_>) -> Poll<()> {
        let is_used_up =
            self.fault == F::BudgetWakesNobody && self.calls.fetch_add(1, SeqCst) % 128 == 127;
        if is_used_up { Poll::Pending } else { Poll::Ready(()) }
    }
}

/// Wakes whoever polled it first, whoever polls it later.
struct FirstWaker {
    sleep: Sleep,
    waker: Option<Waker>,
}

impl Future for FirstWaker {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waker = self.waker.get_or_insert_with(|| cx.waker().clone()).clone();
        self.sleep.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

struct Leaking(Sleep);

impl Future for Leaking {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        std::mem::forget(cx.waker().clone());
        self.0.as_mut().poll(cx)
    }
}

/// Runs a case on a binding with that fault, and gives what it panics with.
fn panic_of<F: Future<Output = ()> + Send + 'static>(
    fault: Fault,
    limit: Duration,
    case: impl FnOnce(Arc<Broken>) -> F + Send + 'static,
) -> Option<String> {
    let block_on = pollster::block_on::<Task>;
    let run = || run(limit, move || Broken::new(fault), block_on, case);
    let payload = catch_unwind(AssertUnwindSafe(run)).err()?;
    let message = payload.downcast_ref::<String>().cloned();
    message.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string))
}

/// Checks that a case passes on the sound binding, and on the one with that fault either fails or
/// hangs.
macro_rules! caught {
    ($($name:ident: $fault:ident $ends:ident $kind:ident::$case:ident)*) => {$(
        #[test]
        fn $name() {
            assert_eq!(panic_of(F::None, LIMIT, $kind::$case), None, "a sound binding");
            let hangs = stringify!($ends) == "hangs";
            let limit = if hangs { Duration::from_secs(1) } else { LIMIT };
            let message = panic_of(F::$fault, limit, $kind::$case).expect("it goes unseen");
            assert_eq!(message.contains("did not end within"), hangs, "{message}");
        }
    )*};
}

caught! {
    an_early_sleep: SleepIsEarly fails contract::a_sleep_ends_after_its_time_and_not_before
    an_endless_sleep: SleepNeverEnds hangs contract::a_sleep_ends_after_its_time_and_not_before
    a_sleep_of_no_time_that_hangs: SleepOfNoTimeNeverEnds hangs contract::a_sleep_of_no_time_ends
    a_long_sleep_that_panics:
        LongSleepPanics fails contract::a_sleep_of_the_longest_time_neither_panics_nor_ends
    a_long_sleep_that_wraps_around:
        LongSleepWrapsAround fails contract::a_sleep_of_the_longest_time_neither_panics_nor_ends
    a_waker_that_is_not_replaced:
        SleepKeepsItsFirstWaker hangs contract::a_sleep_wakes_whoever_polled_it_last
    a_waker_that_is_leaked:
        SleepLeaksItsWaker hangs contract::a_sleep_that_is_dropped_lets_go_of_its_waker
    a_timer_with_one_place:
        SleepDisplacesTheLast hangs contract::sleeps_side_by_side_end_each_in_its_time
    a_sleep_that_needs_the_executors_thread:
        SleepNeedsTheExecutor fails contract::a_sleep_ends_on_a_thread_without_the_executor
    a_clock_that_goes_back: ClockGoesBack fails contract::the_clock_never_goes_back
    a_task_that_is_dropped: TaskIsDropped fails contract::a_task_is_run_to_its_end
    a_task_that_is_polled_once: TaskIsPolledOnce fails contract::a_task_is_run_to_its_end
    tasks_that_take_turns: TasksTakeTurns hangs contract::tasks_make_progress_side_by_side
    a_spawn_that_blocks: SpawnBlocks hangs contract::spawn_returns_before_its_task_has_ended
    a_spawn_that_panics_elsewhere: SpawnPanicsElsewhere fails contract::spawn_panics_on_no_thread
    a_thread_that_may_not_be_blocked: ThreadMayNotBlock fails contract::a_plain_thread_may_be_blocked
    an_enter_that_calls_nothing: EnterCallsNothing fails contract::enter_calls_its_work_once
    an_enter_that_calls_twice: EnterCallsTwice fails contract::enter_calls_its_work_once
    a_budget_that_wakes_nobody:
        BudgetWakesNobody hangs contract::a_budget_that_is_used_up_comes_back
    a_spawn_that_panics_when_the_executor_is_gone:
        SpawnPanicsElsewhere fails contract::an_executor_that_is_gone_takes_tasks_all_the_same
    a_pool_whose_spawn_blocks:
        SpawnBlocks hangs behaviour::a_create_whose_caller_has_left_serves_the_next
    a_pool_whose_tasks_are_dropped:
        TaskIsDropped fails behaviour::a_reset_that_is_pending_is_finished_by_the_executor
    a_pool_whose_creates_are_dropped:
        TaskIsDropped fails behaviour::a_create_whose_caller_has_left_serves_the_next
    a_pool_whose_checks_are_dropped:
        TaskIsDropped hangs behaviour::a_check_that_try_get_began_is_finished_by_the_executor
    a_pool_whose_tasks_are_polled_once:
        TaskIsPolledOnce fails behaviour::a_create_that_hangs_frees_its_slot_after_the_create_timeout
    a_pool_whose_sleeps_never_end:
        SleepNeverEnds hangs behaviour::a_create_that_hangs_frees_its_slot_after_the_create_timeout
    a_pool_whose_pending_creates_are_dropped:
        TaskIsDropped fails behaviour::a_get_kept_in_its_create_stops_no_other
    a_pool_whose_pending_creates_are_polled_once:
        TaskIsPolledOnce fails behaviour::an_outage_ends_although_the_get_that_tries_again_is_kept
    a_pool_whose_sweeping_is_dropped:
        TaskIsDropped hangs behaviour::a_resource_that_a_kept_get_was_given_goes_on
    a_pool_whose_sweeping_rests_for_ever:
        SleepNeverEnds hangs behaviour::kept_gets_are_passed_over_one_by_one
}
