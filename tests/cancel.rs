//! Laws C1 to C3 and A3: what is cancelled loses nothing, case by case and in a storm of aborts; the
//! sweep through all cases is `sweep`.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use pool_core::testing::{Backend, Plan, Probe};
use pool_tests::{OnTokio, let_others_run, poll_once};
use pool_tokio::{Item, Pool};
use tokio::runtime::{Builder, Runtime};

#[tokio::test]
async fn a_cancelled_grant_goes_to_the_next_waiter() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let mut first = Box::pin(pool.get());
    let mut second = Box::pin(pool.get());
    assert!(poll_once(first.as_mut()).is_pending() && poll_once(second.as_mut()).is_pending());
    drop(held);
    drop(first);
    assert!(poll_once(second.as_mut()).is_ready());
}

#[tokio::test]
async fn a_finished_get_that_is_kept_holds_no_place() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let mut get = Box::pin(pool.get_timeout(Duration::ZERO));
    assert!(poll_once(get.as_mut()).is_ready());
    assert_eq!(pool.waiting(), 0);
    drop(held);
    assert_eq!(pool.status().idle, 1);
}

#[tokio::test(start_paused = true)]
async fn a_check_whose_get_is_dropped_goes_on_and_serves_the_next() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    backend.checks(Plan::Gate);
    let mut get = Box::pin(pool.get());
    let mut next = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending() && poll_once(next.as_mut()).is_pending());
    drop(get);
    assert_eq!((pool.status().in_use, backend.alive()), (1, 1));
    backend.open(1);
    let item = next.await.expect("checked");
    assert_eq!((item.number(), backend.created(), backend.checked()), (1, 1, 1));
    // If nobody waits, it is idle.
    drop(item);
    drop(poll_once(Box::pin(pool.get()).as_mut()));
    assert_eq!((pool.status().in_use, pool.status().idle), (1, 0));
    backend.open(1);
    let_others_run().await;
    assert_eq!((pool.status().in_use, pool.status().idle), (0, 1));
    assert_eq!((backend.created(), backend.checked()), (1, 2));
}

/// Ends a check that goes on, by the pool's end or the executor's.
type End = fn(Runtime, &Pool<Probe>);

#[test]
fn a_resource_whose_check_was_cut_short_is_discarded() {
    let ends: [End; 4] = [
        |runtime, pool| {
            drop(pool.close());
            runtime.block_on(let_others_run());
        },
        |runtime, pool| {
            pool.invalidate_all();
            runtime.block_on(let_others_run());
        },
        |runtime, pool| {
            pool.replace_config(Backend::on_tokio());
            runtime.block_on(let_others_run());
        },
        |runtime, _| drop(runtime),
    ];
    for (way, end) in ends.into_iter().enumerate() {
        for is_kept in [true, false] {
            let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
            let backend = Backend::on_tokio();
            let pool = runtime.block_on(async { backend.pool().max_size(1).build() });
            let pool = pool.expect("settings agree");
            drop(runtime.block_on(pool.get()).expect("made"));
            backend.checks(Plan::Gate);
            let mut get = Box::pin(pool.get());
            runtime.block_on(async { assert!(poll_once(get.as_mut()).is_pending()) });
            let kept = is_kept.then_some(get);
            runtime.block_on(let_others_run());
            assert_eq!((pool.status().in_use, backend.alive()), (1, 1));
            end(runtime, &pool);
            let status = pool.status();
            assert_eq!((status.in_use, status.idle, backend.alive()), (0, 0, 0), "{way}, {status}");
            // What would have let it pass comes too late.
            backend.open(1);
            drop(kept);
            assert_eq!(pool.status().idle, 0, "{way}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_resource_whose_operation_was_cut_short_is_not_lent_again() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let mut item = pool.get().await.expect("made");
    assert_eq!(Item::run(&mut item, async |probe| probe.number()).await, 1);
    drop(item);
    let mut item = pool.get().await.expect("idle");
    assert_eq!(item.number(), 1, "an operation that ended costs nothing");
    let cut_short = Item::run(&mut item, async |_| std::future::pending::<()>().await);
    assert!(tokio::time::timeout(Duration::from_millis(1), cut_short).await.is_err());
    // Not even a later operation makes it good again.
    assert_eq!(Item::run(&mut item, async |probe| probe.number()).await, 1);
    drop(item);
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
    assert_eq!(pool.get().await.expect("made").number(), 2);
}

/// Real threads, real time, no pauses: tasks are aborted wherever they are.
#[test]
fn aborted_tasks_lose_nothing() {
    let most: usize =
        std::env::var("POOL_ABORTS").ok().and_then(|aborts| aborts.parse().ok()).unwrap_or(40_000);
    let runtime =
        Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime");
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(4).get_timeout(None).build().expect("settings agree");
    let served = Arc::new(AtomicUsize::new(0));
    runtime.block_on(async {
        for round in 0..most / 100 {
            backend.creates(if round % 3 == 0 { Plan::Fail } else { Plan::Succeed });
            backend.checks(if round % 5 == 0 { Plan::Fail } else { Plan::Succeed });
            let tasks: Vec<_> = (0..100)
                .map(|_| {
                    let (pool, served) = (pool.clone(), served.clone());
                    tokio::spawn(async move {
                        if let Ok(item) = pool.get().await {
                            served.fetch_add(1, SeqCst);
                            tokio::task::yield_now().await;
                            drop(item);
                        }
                    })
                })
                .collect();
            for _ in 0..round % 4 {
                tokio::task::yield_now().await;
            }
            // One in a hundred is awaited, so that the storm is never ahead of the workers.
            for (number, task) in tasks.into_iter().enumerate() {
                if number == round % 100 {
                    drop(task.await);
                } else {
                    task.abort();
                }
            }
        }
        backend.creates(Plan::Succeed).checks(Plan::Succeed);
        // The aborted tasks are dropped by the workers, sooner or later.
        while pool.status().waiting + pool.status().in_use + pool.status().creating > 0 {
            tokio::task::yield_now().await;
        }
        backend.assert_whole(&pool).await;
    });
    assert!(backend.most_alive() <= 4, "{} alive of 4", backend.most_alive());
    let served = served.load(SeqCst);
    assert!(served > most / 1000, "of {most} only {served} were served");
}

struct Idler;

impl Wake for Idler {
    fn wake(self: Arc<Self>) {}
}

#[tokio::test]
async fn who_no_longer_watches_the_pool_leaves_no_waker_behind() {
    let pool = Backend::on_tokio().pool().max_size(1).build().expect("settings agree");
    let idler = Arc::new(Idler);
    let held = pool.get().await.expect("made");
    pool.resize(0);
    {
        let waker = Waker::from(idler.clone());
        let settled = pin!(pool.settled());
        assert!(settled.poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!(Arc::strong_count(&idler), 1);
    drop(held);
}
