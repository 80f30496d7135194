//! The counters add up at any moment, and each way in which a get ends moves its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

use pool_core::testing::{Backend, Plan, Probe};
use pool_tests::{OnTokio, filled, let_others_run, poll_once};
use pool_tokio::{Counters, GetError, Item, Pool, Pooled, RecyclePolicy};
use tokio::time::sleep;

const SHORT: Duration = Duration::from_millis(5);

/// The counters of a pool that rests, after a check that they add up.
fn counted<P: Pooled>(pool: &Pool<P>) -> Counters {
    let (counters, status) = (pool.counters(), pool.status());
    let Counters { started, served, timed_out, cancelled, failed, waiting, .. } = counters;
    assert_eq!(started, served + timed_out + cancelled + failed + waiting, "{counters:?}");
    assert_eq!(waiting, status.waiting as u64, "{counters:?}, {status}");
    let exist = (status.size - status.creating) as u64;
    let Counters { created, inserted, ended, detached, .. } = counters;
    assert_eq!(created + inserted, ended + detached + exist, "{counters:?}, {status}");
    counters
}

/// Checks that nothing but this has changed since `before`.
fn assert_moved<P: Pooled>(pool: &Pool<P>, before: Counters, change: impl FnOnce(&mut Counters)) {
    let mut expected = before;
    change(&mut expected);
    assert_eq!(counted(pool), expected);
}

/// A pool of one whose only resource is held.
async fn lent(backend: &Backend) -> (Pool<Probe>, Item<Probe>) {
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    (pool, held)
}

type Get<'a> = Pin<
    Box<dyn Future<Output = Result<Item<Probe>, GetError<<Probe as Pooled>::Error>>> + Send + 'a>,
>;

/// A get that has begun and has not ended.
fn begun(pool: &Pool<Probe>) -> Get<'_> {
    let mut get: Get<'_> = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    get
}

#[tokio::test]
async fn a_pool_that_was_just_built_has_counted_nothing() {
    let pool = Backend::on_tokio().pool().build().expect("settings agree");
    let Counters { started, waiting, tried, created, ended, .. } = counted(&pool);
    assert_eq!((started, waiting, tried, created, ended), (0, 0, 0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_get_that_was_never_polled_is_not_counted() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 1).await;
    let before = counted(&pool);
    drop(pool.get());
    let get = pool.get_timeout(SHORT);
    assert_moved(&pool, before, |_| {});
    drop(get);
    assert_moved(&pool, before, |_| {});
}

#[tokio::test(start_paused = true)]
async fn a_get_that_is_served_at_once_counts_as_served() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().recycle_policy(RecyclePolicy::Never), 1).await;
    let before = counted(&pool);
    let item = pool.get().await.expect("idle");
    let served = |counters: &mut Counters| {
        counters.started += 1;
        counters.served += 1;
    };
    assert_moved(&pool, before, served);
    drop(item);
    assert_moved(&pool, before, served);
}

#[tokio::test(start_paused = true)]
async fn a_get_that_creates_counts_as_waiting_and_then_as_served() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::After(SHORT));
    let pool = backend.pool().build().expect("settings agree");
    let before = counted(&pool);
    let get = begun(&pool);
    assert_moved(&pool, before, |counters| {
        counters.started += 1;
        counters.waiting += 1;
    });
    let _item = get.await.expect("made");
    assert_moved(&pool, before, |counters| {
        counters.started += 1;
        counters.served += 1;
        counters.created += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn a_get_that_waited_counts_as_served_once_it_was_polled() {
    for policy in [RecyclePolicy::Never, RecyclePolicy::Always] {
        let backend = Backend::on_tokio();
        let pool = filled(backend.pool().recycle_policy(policy), 1).await;
        let held = pool.get().await.expect("idle");
        let before = counted(&pool);
        let get = begun(&pool);
        let waiting = |counters: &mut Counters| {
            counters.started += 1;
            counters.waiting += 1;
        };
        assert_moved(&pool, before, waiting);
        drop(held);
        assert_moved(&pool, before, waiting);
        let _item = get.await.expect("handed over");
        assert_moved(&pool, before, |counters| {
            counters.started += 1;
            counters.served += 1;
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_get_counts_as_waiting_while_its_resource_is_checked() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 1).await;
    let before = counted(&pool);
    drop(pool.get().await.expect("fit at once"));
    let served = |counters: &mut Counters| {
        counters.started += 1;
        counters.served += 1;
    };
    assert_moved(&pool, before, served);
    backend.checks(Plan::After(SHORT));
    let before = counted(&pool);
    let get = begun(&pool);
    assert_moved(&pool, before, |counters| {
        counters.started += 1;
        counters.waiting += 1;
    });
    drop(get.await.expect("fit"));
    assert_moved(&pool, before, served);
}

#[tokio::test(start_paused = true)]
async fn a_get_whose_check_failed_is_served_once_all_the_same() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 1).await;
    let before = counted(&pool);
    backend.checks(Plan::FailAfter(SHORT));
    drop(pool.get().await.expect("made anew"));
    assert_moved(&pool, before, |counters| {
        counters.started += 1;
        counters.served += 1;
        counters.created += 1;
        counters.ended += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn a_get_that_timed_out_counts_so_wherever_it_was() {
    let timed_out = |counters: &mut Counters| {
        counters.started += 1;
        counters.timed_out += 1;
    };
    // While it waits.
    let backend = Backend::on_tokio();
    let (pool, held) = lent(&backend).await;
    for limit in [Duration::ZERO, SHORT] {
        let before = counted(&pool);
        assert!(pool.get_timeout(limit).await.expect_err("none is idle").is_timeout());
        assert_moved(&pool, before, timed_out);
    }
    // In a check, which goes on and costs nothing.
    drop(held);
    backend.checks(Plan::After(2 * SHORT));
    let before = counted(&pool);
    assert!(pool.get_timeout(SHORT).await.expect_err("it is checked").is_timeout());
    assert_moved(&pool, before, timed_out);
    sleep(2 * SHORT).await;
    assert_moved(&pool, before, timed_out);
    assert_eq!(pool.status().idle, 1);
    // In one that hangs, which costs the resource when the check's own time is over.
    backend.checks(Plan::Hang);
    let before = counted(&pool);
    assert!(pool.get_timeout(SHORT).await.expect_err("it is checked").is_timeout());
    assert_moved(&pool, before, timed_out);
    sleep(Duration::from_secs(6)).await;
    assert_moved(&pool, before, |counters| {
        timed_out(counters);
        counters.ended += 1;
    });
    // In its create, which goes on.
    backend.creates(Plan::Hang);
    let before = counted(&pool);
    assert!(pool.get_timeout(SHORT).await.expect_err("it is created").is_timeout());
    assert_moved(&pool, before, timed_out);
    sleep(Duration::from_secs(11)).await;
    assert_moved(&pool, before, |counters| {
        timed_out(counters);
        counters.create_failed += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn whoever_is_told_of_anothers_create_timeout_counts_as_timed_out() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Hang);
    let builder = backend.pool().max_size(1).get_timeout(None).create_timeout(SHORT);
    let pool = builder.build().expect("settings agree");
    let before = counted(&pool);
    let (asker, other) = (begun(&pool), begun(&pool));
    let (asker, other) = tokio::join!(asker, other);
    assert!(asker.expect_err("it hangs").is_timeout() && other.expect_err("told").is_timeout());
    assert_moved(&pool, before, |counters| {
        counters.started += 2;
        counters.timed_out += 2;
        counters.create_failed += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_get_counts_as_cancelled() {
    let cancelled = |counters: &mut Counters| {
        counters.started += 1;
        counters.cancelled += 1;
    };
    // While it waits.
    let backend = Backend::on_tokio();
    let (pool, held) = lent(&backend).await;
    let before = counted(&pool);
    drop(begun(&pool));
    assert_moved(&pool, before, cancelled);
    // Granted, but not polled since.
    let before = counted(&pool);
    let get = begun(&pool);
    drop(held);
    drop(get);
    assert_moved(&pool, before, cancelled);
    // In a check, which goes on and costs nothing.
    backend.checks(Plan::After(SHORT));
    let before = counted(&pool);
    drop(begun(&pool));
    assert_moved(&pool, before, cancelled);
    sleep(2 * SHORT).await;
    assert_moved(&pool, before, cancelled);
    assert_eq!(pool.status().idle, 1);
    // In one that fails when nobody waits for it any more.
    backend.checks(Plan::FailAfter(SHORT));
    let before = counted(&pool);
    drop(begun(&pool));
    sleep(2 * SHORT).await;
    assert_moved(&pool, before, |counters| {
        cancelled(counters);
        counters.ended += 1;
    });
    // In its create, which goes on.
    backend.creates(Plan::After(SHORT));
    let before = counted(&pool);
    drop(begun(&pool));
    assert_moved(&pool, before, cancelled);
    sleep(2 * SHORT).await;
    assert_moved(&pool, before, |counters| {
        cancelled(counters);
        counters.created += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn an_aborted_task_counts_as_cancelled() {
    let backend = Backend::on_tokio();
    let (pool, _held) = lent(&backend).await;
    let before = counted(&pool);
    let task = tokio::spawn({
        let pool = pool.clone();
        async move { pool.get().await.map(drop) }
    });
    let_others_run().await;
    task.abort();
    assert!(task.await.expect_err("aborted").is_cancelled());
    assert_moved(&pool, before, |counters| {
        counters.started += 1;
        counters.cancelled += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn a_get_whose_create_failed_counts_as_failed() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::FailAfter(SHORT));
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let before = counted(&pool);
    let (asker, other) = tokio::join!(begun(&pool), begun(&pool));
    assert!(matches!(asker, Err(GetError::Create(_))) && matches!(other, Err(GetError::Create(_))));
    assert_moved(&pool, before, |counters| {
        counters.started += 2;
        counters.failed += 2;
        counters.create_failed += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn a_get_that_is_told_closed_counts_as_failed() {
    let backend = Backend::on_tokio();
    let (pool, _held) = lent(&backend).await;
    let before = counted(&pool);
    let waiter = begun(&pool);
    drop(pool.close());
    assert!(matches!(waiter.await, Err(GetError::Closed)));
    assert!(matches!(pool.get().await, Err(GetError::Closed)));
    assert_moved(&pool, before, |counters| {
        counters.started += 2;
        counters.failed += 2;
    });
}

#[tokio::test(start_paused = true)]
async fn a_get_whose_pool_was_closed_during_its_check_counts_as_failed() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 1).await;
    backend.checks(Plan::Hang);
    let before = counted(&pool);
    let get = begun(&pool);
    let closing = pool.close();
    assert!(matches!(get.await, Err(GetError::Closed)));
    assert_eq!(counted(&pool).failed, before.failed + 1);
    closing.await;
    assert_moved(&pool, before, |counters| {
        counters.started += 1;
        counters.failed += 1;
        counters.ended += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn a_get_that_is_told_overloaded_counts_as_failed() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().max_waiting(0), 1).await;
    let _held = pool.get().await.expect("idle");
    let before = counted(&pool);
    assert!(matches!(pool.get().await, Err(GetError::Overloaded)));
    assert_moved(&pool, before, |counters| {
        counters.started += 1;
        counters.failed += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn a_get_that_panicked_counts_as_failed_and_not_as_cancelled_when_dropped() {
    // By what panics within it, and by what panics later, in the executor.
    for (plan, polls) in [(Plan::Panic, 1), (Plan::PanicAtGate, 2)] {
        let backend = Backend::on_tokio();
        let pool = filled(backend.pool(), 1).await;
        let held = pool.get().await.expect("idle");
        pool.resize(2);
        for in_check in [false, true] {
            backend.checks(plan).creates(plan);
            let before = counted(&pool);
            let ended = u64::from(in_check);
            let mut get: Get<'_> = if in_check {
                assert!(pool.insert(Probe::new(&backend)).is_ok());
                Box::pin(pool.get())
            } else {
                Box::pin(pool.get_timeout(SHORT))
            };
            for _ in 1..polls {
                assert!(poll_once(get.as_mut()).is_pending());
            }
            backend.open(polls - 1);
            let_others_run().await;
            let unwound = catch_unwind(AssertUnwindSafe(|| poll_once(get.as_mut()).is_ready()));
            assert!(unwound.is_err(), "{plan:?}");
            let failed = |counters: &mut Counters| {
                counters.started += 1;
                counters.failed += 1;
                counters.inserted += ended;
                counters.ended += ended;
            };
            assert_moved(&pool, before, failed);
            drop(get);
            assert_moved(&pool, before, failed);
        }
        drop(held);
    }
}
