//! What a [`Runtime`] has to keep, without a pool.
//!
//! Each mistake in a binding fails here, by name, before it is a hang in a pool.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use super::tasks::{Gate, Stranger, on_a_thread, pause, poll_once, spawn};
use super::world::{SOON, assert_took};
use crate::runtime::Runtime;
use crate::shell::blocking::block_on;

/// The clock and the timer agree, and the timer is not early.
pub async fn a_sleep_ends_after_its_time_and_not_before<R: Runtime>(runtime: Arc<R>) {
    for time in [Duration::from_millis(5), SOON, 3 * SOON] {
        let begun = runtime.now();
        runtime.sleep(time).await;
        assert_took(runtime.now(), begun, time);
    }
}

/// No time at all is no reason to hang.
pub async fn a_sleep_of_no_time_ends<R: Runtime>(runtime: Arc<R>) {
    let begun = runtime.now();
    runtime.sleep(Duration::ZERO).await;
    assert_took(runtime.now(), begun, Duration::ZERO);
}

/// No deadline is computed that the clock can't hold, and none wraps around.
pub async fn a_sleep_of_the_longest_time_neither_panics_nor_ends<R: Runtime>(runtime: Arc<R>) {
    for time in [Duration::MAX, Duration::from_secs(u64::MAX / 2), Duration::from_secs(1 << 40)] {
        let (mut long, mut short) = (runtime.sleep(time), runtime.sleep(SOON));
        poll_fn(|cx| {
            assert!(long.as_mut().poll(cx).is_pending(), "a sleep of {time:?} ended");
            short.as_mut().poll(cx)
        })
        .await;
    }
}

/// A get may go from task to task while its timer runs.
pub async fn a_sleep_wakes_whoever_polled_it_last<R: Runtime>(runtime: Arc<R>) {
    let begun = runtime.now();
    let mut sleep = runtime.sleep(2 * SOON);
    assert!(Arc::new(Stranger::default()).poll(sleep.as_mut()).is_pending());
    assert!(poll_once(sleep.as_mut()).await.is_pending());
    sleep.await;
    assert_took(runtime.now(), begun, 2 * SOON);
}

/// Most timers of a pool are dropped before they end. What a waker keeps alive is freed no later
/// than the time is over.
pub async fn a_sleep_that_is_dropped_lets_go_of_its_waker<R: Runtime>(runtime: Arc<R>) {
    let stranger = Arc::new(Stranger::default());
    let mut sleep = runtime.sleep(SOON);
    assert!(stranger.poll(sleep.as_mut()).is_pending());
    drop(sleep);
    while Arc::strong_count(&stranger) > 1 {
        runtime.sleep(SOON).await;
    }
}

/// Many gets wait at the same time, each for a deadline of its own.
pub async fn sleeps_side_by_side_end_each_in_its_time<R: Runtime>(runtime: Arc<R>) {
    let sleeps: Vec<_> = (1..=100)
        .map(|number| {
            let there = Arc::clone(&runtime);
            spawn(&*runtime, async move {
                let (begun, time) = (there.now(), number * Duration::from_millis(1));
                there.sleep(time).await;
                assert_took(there.now(), begun, time);
            })
        })
        .collect();
    for sleep in sleeps {
        sleep.ended().await;
    }
}

/// A get may be polled on a thread that is none of the executor's, and has a timer under its timeout.
pub async fn a_sleep_ends_on_a_thread_without_the_executor<R: Runtime>(runtime: Arc<R>) {
    let (begun, there) = (runtime.now(), Arc::clone(&runtime));
    let slept = on_a_thread(move || {
        let mut sleep = None;
        let asleep = poll_fn(|cx| sleep.get_or_insert_with(|| there.sleep(SOON)).as_mut().poll(cx));
        block_on(asleep);
    });
    slept.ended().await;
    assert_took(runtime.now(), begun, SOON);
}

/// A lifetime is the difference of two readings.
pub async fn the_clock_never_goes_back<R: Runtime>(runtime: Arc<R>) {
    let mut last = runtime.now();
    for _ in 0..20 {
        for _ in 0..500 {
            let now = runtime.now();
            assert!(now >= last, "the clock went back by {:?}", last.duration_since(now));
            last = now;
        }
        pause().await;
    }
}

/// A create whose caller has left, or a close, ends only if somebody polls it.
pub async fn a_task_is_run_to_its_end<R: Runtime>(runtime: Arc<R>) {
    let gate = Arc::new(Gate::default());
    let (there, opened) = (Arc::clone(&runtime), Arc::clone(&gate));
    let task = spawn(&*runtime, async move {
        opened.pass().await;
        pause().await;
        there.sleep(SOON).await;
        7
    });
    on_a_thread(move || gate.open(1)).ended().await;
    assert_eq!(task.ended().await, 7);
}

/// A task that hangs delays no other.
pub async fn tasks_make_progress_side_by_side<R: Runtime>(runtime: Arc<R>) {
    const TASKS: usize = 100;
    let (arrived, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Gate::default()));
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (arrived, gate) = (Arc::clone(&arrived), Arc::clone(&gate));
            spawn(&*runtime, async move {
                if arrived.fetch_add(1, SeqCst) + 1 == TASKS {
                    gate.open(TASKS);
                }
                gate.pass().await;
            })
        })
        .collect();
    for task in tasks {
        task.ended().await;
    }
}

/// It is called from an item's `Drop`, which must not wait for a reset or a close.
pub async fn spawn_returns_before_its_task_has_ended<R: Runtime>(runtime: Arc<R>) {
    let gate = Arc::new(Gate::default());
    let there = Arc::clone(&runtime);
    // Not on a thread of the executor's, as then nobody could tell that it blocks.
    let spawned = on_a_thread(move || {
        let opened = Arc::clone(&gate);
        let task = spawn(&*there, async move { opened.pass().await });
        gate.open(1);
        task
    });
    spawned.ended().await.or_dropped().await;
}

/// Items are dropped anywhere. There the task is run, or dropped if there is no executor.
pub async fn spawn_panics_on_no_thread<R: Runtime>(runtime: Arc<R>) {
    let there = Arc::clone(&runtime);
    let task = on_a_thread(move || spawn(&*there, pause())).ended().await;
    task.or_dropped().await;
}

/// On a thread that only ever blocks, nothing stands still if it does.
pub async fn a_plain_thread_may_be_blocked<R: Runtime>(runtime: Arc<R>) {
    let may_block = on_a_thread(move || runtime.may_block()).ended().await;
    assert!(may_block, "`may_block` says no on a thread that drives no tasks");
}

/// What it is given polls a get: once for each wake-up.
pub async fn enter_calls_its_work_once<R: Runtime>(runtime: Arc<R>) {
    let there = Arc::clone(&runtime);
    let elsewhere = on_a_thread(move || calls(&*there)).ended().await;
    assert_eq!((calls(&*runtime), elsewhere), (1, 1));
}

fn calls(runtime: &dyn Runtime) -> usize {
    let (mut calls, caller) = (0, thread::current().id());
    runtime.enter(&mut || {
        assert_eq!(thread::current().id(), caller, "it was called on another thread");
        calls += 1;
    });
    calls
}

/// A get that yields for want of budget is woken. Passes as well where there is no budget.
pub async fn a_budget_that_is_used_up_comes_back<R: Runtime>(runtime: Arc<R>) {
    for _ in 0..10_000 {
        poll_fn(|cx| runtime.poll_budget(cx)).await;
    }
}

/// Whether the executor has a budget: no get takes as many units of it as are tried here.
pub(super) async fn has_budget(runtime: &dyn Runtime) -> bool {
    let is_used_up =
        poll_fn(|cx| Poll::Ready((0..100_000).any(|_| runtime.poll_budget(cx).is_pending())));
    let is_used_up = is_used_up.await;
    pause().await;
    is_used_up
}

/// The pool's last goodbyes may come after the executor's: nothing of it panics, or hangs.
///
/// To be called with a runtime whose executor is gone, on another one.
pub async fn an_executor_that_is_gone_takes_tasks_all_the_same<R: Runtime>(runtime: Arc<R>) {
    let there = Arc::clone(&runtime);
    let task = on_a_thread(move || {
        let now = there.now();
        assert!(there.now() >= now);
        there.enter(&mut || {});
        spawn(&*there, std::future::pending::<()>())
    });
    drop(task.ended().await);
}
