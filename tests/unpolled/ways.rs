//! The ways in which programs keep a get, woken or not, whoever has polled it.

use std::future::poll_fn;
use std::mem::forget;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Wake, Waker};

use futures::stream::FuturesUnordered;
use futures::{StreamExt, future};
use pool_core::testing::{Plan, Probe};
use pool_tokio::Pool;
use tokio::select;
use tokio::sync::oneshot;
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;

use crate::scene::{
    Kept, PATIENCE, Scene, getter, keep, keep_one, ms, on_both_schedulers, poll_as_this_task,
};

on_both_schedulers! {
    in_a_struct
    in_a_box_that_another_task_has_polled
    in_a_task_that_has_ended
    in_an_arm_of_a_select
    beside_a_join_that_polls_it_no_more
    in_a_set_of_futures
    in_a_task_that_awaits_something_else
    under_a_timeout_that_is_over
    leaked
    woken_and_not_polled
    polled_by_one_waker_after_the_other
    owned_in_a_set_of_tasks
    nothing_is_taken_from_a_get_that_was_never_polled
}

/// A pool of one that is in use, so that a get waits.
async fn one(scene: &Scene) -> (Pool<Probe>, pool_tokio::Item<Probe>) {
    let pool = scene.pool(1);
    let held = pool.get().await.expect("made");
    (pool, held)
}

/// Checks that another is served what the kept get was given, when `held` is returned.
async fn assert_goes_on(scene: &Scene, pool: &Pool<Probe>, held: pool_tokio::Item<Probe>) {
    let kept = pool.waiting();
    let next = getter(pool);
    scene.until(|| pool.waiting() == kept + 1).await;
    drop(held);
    let item = scene.within(0..=2 * PATIENCE, next).await.expect("no panic");
    assert_eq!(item.expect("served").number(), 1);
}

struct Session {
    connecting: Option<Kept>,
}

async fn in_a_struct(scene: Scene) {
    let (pool, held) = one(&scene).await;
    let mut session = Session { connecting: Some(keep_one(&pool, None).await) };
    assert_goes_on(&scene, &pool, held).await;
    let item = session.connecting.take().expect("it is kept").await;
    drop(item.expect("served"));
    scene.whole(&pool).await;
}

/// Its waker is that of a task that has forgotten it.
async fn in_a_box_that_another_task_has_polled(scene: Scene) {
    let (pool, held) = one(&scene).await;
    let (there, (stop, stopped)) = (pool.clone(), oneshot::channel::<()>());
    let (sender, kept) = oneshot::channel();
    let polls = tokio::spawn(async move {
        assert!(sender.send(keep_one(&there, None).await).is_ok());
        stopped.await
    });
    let kept = kept.await.expect("polled there");
    assert_goes_on(&scene, &pool, held).await;
    drop((kept, stop));
    assert!(polls.await.expect("no panic").is_err());
    scene.whole(&pool).await;
}

async fn in_a_task_that_has_ended(scene: Scene) {
    let (pool, held) = one(&scene).await;
    let (there, (sender, kept)) = (pool.clone(), oneshot::channel());
    let polls = async move { sender.send(keep_one(&there, None).await).is_ok() };
    assert!(tokio::spawn(polls).await.expect("no panic"));
    let kept = kept.await.expect("polled there");
    assert_goes_on(&scene, &pool, held).await;
    // And it is this task's, when it is polled here.
    drop(scene.within(0..=0, kept).await.expect("served"));
    scene.whole(&pool).await;
}

/// The arm that was ready gets, too.
async fn in_an_arm_of_a_select(scene: Scene) {
    let (pool, held) = one(&scene).await;
    let mut get = pin!(pool.get());
    let mut held = Some(held);
    select! {
        biased;
        item = &mut get => panic!("{item:?}"),
        () = yield_now() => {
            drop(held.take());
            let item = scene.within(0..=2 * PATIENCE, pool.get()).await;
            drop(item.expect("served"));
        }
    }
    drop(scene.within(0..=0, get).await.expect("served"));
    scene.whole(&pool).await;
}

async fn beside_a_join_that_polls_it_no_more(scene: Scene) {
    let (pool, held) = one(&scene).await;
    let get: Kept = Box::pin(pool.get_owned());
    // The left one is ready when both are.
    let future::Either::Left(((), kept)) = future::select(Box::pin(yield_now()), get).await else {
        panic!("it is served")
    };
    assert_goes_on(&scene, &pool, held).await;
    drop(kept);
    scene.whole(&pool).await;
}

/// With room for some of them: those create.
async fn in_a_set_of_futures(scene: Scene) {
    let pool = scene.pool(8);
    scene.backend.creates(Plan::After(ms(30)));
    let mut gets: FuturesUnordered<_> = (0..8).map(|_| pool.get()).collect();
    assert!(poll_fn(|cx| std::task::Poll::Ready(gets.poll_next_unpin(cx))).await.is_pending());
    for _ in 0..8 {
        drop(scene.within(0..=30 + 2 * PATIENCE, pool.get()).await.expect("served"));
    }
    while let Some(item) = scene.within(0..=30, gets.next()).await {
        drop(item.expect("served"));
    }
    scene.whole(&pool).await;
}

/// It is polled beside a query, and then the task waits for something else.
async fn in_a_task_that_awaits_something_else(scene: Scene) {
    let (pool, held) = one(&scene).await;
    let (there, (stop, stopped)) = (pool.clone(), oneshot::channel::<()>());
    let task = tokio::spawn(async move {
        let mut get = pin!(there.get());
        assert!(poll_as_this_task(get.as_mut()).await.is_pending());
        assert!(stopped.await.is_err());
        get.await.expect("served").number()
    });
    scene.until(|| pool.waiting() == 1).await;
    assert_goes_on(&scene, &pool, held).await;
    drop(stop);
    assert_eq!(scene.within(0..=0, task).await.expect("no panic"), 1);
    scene.whole(&pool).await;
}

async fn under_a_timeout_that_is_over(scene: Scene) {
    let (pool, held) = one(&scene).await;
    let mut get = pin!(pool.get());
    assert!(timeout(ms(20), &mut get).await.is_err());
    assert_goes_on(&scene, &pool, held).await;
    drop(scene.within(0..=0, get).await.expect("served"));
    scene.whole(&pool).await;
}

async fn leaked(scene: Scene) {
    let (pool, held) = one(&scene).await;
    forget(keep_one(&pool, None).await);
    assert_goes_on(&scene, &pool, held).await;
    scene.lends_all(&pool).await;
    assert_eq!(pool.waiting(), 1, "it is kept for ever");
}

/// Counts how often it wakes, and wakes nobody.
#[derive(Default)]
struct Counts(AtomicUsize);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

async fn woken_and_not_polled(scene: Scene) {
    let (pool, held) = one(&scene).await;
    let counts = Arc::new(Counts::default());
    let mut get = pin!(pool.get());
    let waker = Waker::from(Arc::clone(&counts));
    assert!(get.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert_goes_on(&scene, &pool, held).await;
    assert_eq!(counts.0.load(SeqCst), 1, "it was given something, once");
    drop(scene.within(0..=0, get).await.expect("served"));
    scene.whole(&pool).await;
}

/// Only the last of them is woken, and none of them polls it.
async fn polled_by_one_waker_after_the_other(scene: Scene) {
    let (pool, held) = one(&scene).await;
    let counts: Vec<_> = (0..3).map(|_| Arc::new(Counts::default())).collect();
    let mut get = pin!(pool.get());
    for counts in &counts {
        let waker = Waker::from(Arc::clone(counts));
        assert!(get.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_goes_on(&scene, &pool, held).await;
    let woken: Vec<_> = counts.iter().map(|counts| counts.0.load(SeqCst)).collect();
    assert_eq!(woken, [0, 0, 1]);
    drop(scene.within(0..=0, get).await.expect("served"));
    scene.whole(&pool).await;
}

/// `get_owned` borrows nothing, so that a task may be made of it; the set is not joined.
async fn owned_in_a_set_of_tasks(scene: Scene) {
    let pool = scene.pool(3);
    let mut tasks = JoinSet::new();
    for _ in 0..3 {
        tasks.spawn(pool.get_owned());
    }
    scene.until(|| pool.status().in_use == 3).await;
    // Their items are in the set: that is the program's, and no get's.
    assert!(pool.get_timeout(ms(30)).await.is_err());
    let kept = keep(pool.get_owned()).await;
    while let Some(item) = tasks.join_next().await {
        drop(item.expect("no panic").expect("served"));
    }
    scene.lends_all(&pool).await;
    drop(kept);
    scene.whole(&pool).await;
}

async fn nothing_is_taken_from_a_get_that_was_never_polled(scene: Scene) {
    let (pool, held) = one(&scene).await;
    let (unpolled, owned) = (pool.get(), pool.get_owned());
    drop(held);
    drop(scene.within(0..=0, pool.get()).await.expect("served"));
    assert_eq!((pool.waiting(), pool.counters().started), (0, 2));
    drop((unpolled, owned));
    scene.whole(&pool).await;
}
