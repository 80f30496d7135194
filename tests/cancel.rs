//! Laws C1 to C3 and A3: a future may be dropped at any poll, and nothing is lost.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use pool_tests::{Backend, Plan, Probe, assert_whole, let_others_run, poll_once};
use pool_tokio::{Item, Pool};

/// A pool in some state, with what keeps it there.
struct Scene {
    name: &'static str,
    backend: Backend,
    pool: Pool<Probe>,
    held: Vec<Item<Probe>>,
}

impl Scene {
    async fn new(name: &'static str, max_size: usize, held: usize) -> Self {
        let backend = Backend::new();
        // No time-out may rescue a lost wake-up.
        let pool = backend.pool().max_size(max_size).get_timeout(None).build().expect("they agree");
        let mut items = Vec::new();
        for _ in 0..held {
            items.push(pool.get().await.expect("made"));
        }
        Self { name, backend, pool, held: items }
    }
}

/// Every state in which a get can find a pool.
async fn scenes() -> Vec<Scene> {
    let slow = Plan::After(Duration::from_millis(1));
    let idle = Scene::new("something is idle", 2, 1).await;
    let mut checking = Scene::new("the check takes a while", 2, 1).await;
    let mut stale = Scene::new("the check fails", 2, 1).await;
    let creating = Scene::new("there is room to create", 2, 0).await;
    let full = Scene::new("all are lent", 2, 2).await;
    let failing = Scene::new("creates fail beside a lent one", 2, 1).await;
    let hanging = Scene::new("creates hang beside a lent one", 2, 1).await;
    let mut shrunk = Scene::new("the pool has shrunk", 2, 2).await;
    let gated = Scene::new("creates are let through later", 1, 0).await;
    checking.held.clear();
    checking.backend.checks(slow);
    stale.held.clear();
    stale.backend.checks(Plan::FailAfter(Duration::from_millis(1))).creates(slow);
    creating.backend.creates(slow);
    failing.backend.creates(Plan::Fail);
    hanging.backend.creates(Plan::Never);
    shrunk.pool.resize(1);
    shrunk.held.truncate(1);
    gated.backend.creates(Plan::Gate);
    vec![idle, checking, stale, creating, full, failing, hanging, shrunk, gated]
}

/// Polls a get `polls` times, with something happening in between, and drops it.
async fn poll_then_drop(scene: &mut Scene, polls: usize, step: Step) {
    let Scene { backend, pool, held, .. } = scene;
    let mut get: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(pool.get());
    for _ in 0..polls {
        if poll_once(get.as_mut()).is_ready() {
            return;
        }
        match step {
            Step::Nothing => {}
            Step::Time => tokio::time::advance(Duration::from_micros(700)).await,
            Step::Return => drop(held.pop()),
            Step::Gate => backend.open(1),
            Step::Grow => pool.resize(3),
            Step::Shrink => pool.resize(1),
        }
        tokio::task::yield_now().await;
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Nothing,
    Time,
    Return,
    Gate,
    Grow,
    Shrink,
}

#[tokio::test(start_paused = true)]
async fn a_get_dropped_at_any_poll_in_any_state_keeps_the_capacity_whole() {
    use Step::{Gate, Grow, Nothing, Return, Shrink, Time};
    let mut tried = 0;
    for step in [Nothing, Time, Return, Gate, Grow, Shrink] {
        for polls in 0..12 {
            for mut scene in scenes().await {
                // Another waiter behind it must not be forgotten either.
                let next = tokio::spawn({
                    let pool = scene.pool.clone();
                    async move { pool.get().await.map(drop) }
                });
                poll_then_drop(&mut scene, polls, step).await;
                let_others_run().await;
                let Scene { name, backend, pool, held } = scene;
                let context = format!("{name}, {polls} polls, {step:?}: {pool:?}");
                backend.creates(Plan::Ok).checks(Plan::Ok).open(10);
                drop(held);
                pool.resize(2);
                // More than a back-off, and more than a hanging create may take.
                tokio::time::sleep(Duration::from_secs(11)).await;
                assert!(next.is_finished(), "the next waiter is stranded: {context}");
                drop(next.await.expect("no panic"));
                pool.settled().await;
                assert_whole(&pool, &backend).await;
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 6 * 12 * 9);
}

#[tokio::test]
async fn a_cancelled_grant_goes_to_the_next_waiter() {
    let backend = Backend::new();
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
    let backend = Backend::new();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let mut get = Box::pin(pool.get_timeout(Duration::ZERO));
    assert!(poll_once(get.as_mut()).is_ready());
    assert_eq!(pool.waiting(), 0);
    drop(held);
    assert_eq!(pool.status().idle, 1);
}

#[tokio::test(start_paused = true)]
async fn a_resource_whose_check_was_cut_short_is_discarded() {
    let backend = Backend::new();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    backend.checks(Plan::Never);
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    assert_eq!(pool.status().in_use, 1);
    drop(get);
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn fill_settled_and_close_may_be_dropped_at_any_poll() {
    for polls in 0..4 {
        let backend = Backend::new();
        backend.creates(Plan::After(Duration::from_millis(1)));
        let pool = backend.pool().max_size(2).min_size(2).build().expect("settings agree");
        let mut fill = Box::pin(pool.fill());
        for _ in 0..polls {
            drop(poll_once(fill.as_mut()));
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        drop(fill);
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert_whole(&pool, &backend).await;
        let held = pool.get().await.expect("made");
        pool.resize(0);
        let mut settled = Box::pin(pool.settled());
        assert!(poll_once(settled.as_mut()).is_pending());
        drop(settled);
        let mut closing = Box::pin(pool.close());
        assert!(poll_once(closing.as_mut()).is_pending());
        drop(closing);
        drop(held);
        assert_eq!((pool.status().size, backend.alive()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_resource_whose_operation_was_cut_short_is_not_lent_again() {
    let backend = Backend::new();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let mut item = pool.get().await.expect("made");
    assert_eq!(Item::run(&mut item, async |probe| probe.number).await, 1);
    drop(item);
    let mut item = pool.get().await.expect("idle");
    assert_eq!(item.number, 1, "an operation that ended costs nothing");
    let cut_short = Item::run(&mut item, async |_| std::future::pending::<()>().await);
    assert!(tokio::time::timeout(Duration::from_millis(1), cut_short).await.is_err());
    // Not even a later operation makes it good again.
    assert_eq!(Item::run(&mut item, async |probe| probe.number).await, 1);
    drop(item);
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
    assert_eq!(pool.get().await.expect("made").number, 2);
}

/// Real threads, real time, no pauses: tasks are aborted wherever they are.
#[test]
fn aborted_tasks_lose_nothing() {
    let most: usize =
        std::env::var("POOL_ABORTS").ok().and_then(|aborts| aborts.parse().ok()).unwrap_or(40_000);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .expect("a runtime");
    let backend = Backend::new();
    let pool = backend.pool().max_size(4).get_timeout(None).build().expect("settings agree");
    let served = Arc::new(AtomicUsize::new(0));
    runtime.block_on(async {
        for round in 0..most / 100 {
            backend.creates(if round % 3 == 0 { Plan::Fail } else { Plan::Ok });
            backend.checks(if round % 5 == 0 { Plan::Fail } else { Plan::Ok });
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
        backend.creates(Plan::Ok).checks(Plan::Ok);
        // The aborted tasks are dropped by the workers, sooner or later.
        while pool.status().waiting + pool.status().in_use + pool.status().creating > 0 {
            tokio::task::yield_now().await;
        }
        assert_whole(&pool, &backend).await;
    });
    assert!(backend.most_alive() <= 4, "{} alive of 4", backend.most_alive());
    let served = served.load(SeqCst);
    assert!(served > most / 1000, "of {most} only {served} were served");
}
