//! The fixture for users' own tests, `pool_core::testing`: a plan does as it says, and what is lost
//! is found.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use std::time::Duration;

use pool_core::testing::{Backend, CleanupProbe, Plan, Probe, Refusal, assert_whole};
use pool_tests::{OnTokio, let_others_run, poll_once};
use pool_tokio::{GetError, Item, Pool};
use tokio::time::Instant;

const TIME: Duration = Duration::from_millis(70);

/// Whether a create, by this plan, ends well; `None` if it panics.
async fn create(backend: &Backend) -> Option<bool> {
    let pool = backend.pool().create_backoff(None).max_size(1).build().expect("settings agree");
    match tokio::spawn(async move { pool.get().await.map(drop) }).await {
        Ok(Ok(())) => Some(true),
        Ok(Err(GetError::Create(cause))) if *cause == Refusal => Some(false),
        Ok(Err(error)) => panic!("{error}"),
        Err(_) => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_does_what_its_plan_says_and_takes_its_time() {
    let plans = [
        (Plan::Succeed, Some(true), Duration::ZERO),
        (Plan::Fail, Some(false), Duration::ZERO),
        (Plan::Panic, None, Duration::ZERO),
        (Plan::Yield, Some(true), Duration::ZERO),
        (Plan::After(TIME), Some(true), TIME),
        (Plan::FailAfter(TIME), Some(false), TIME),
    ];
    for (plan, ends_well, time) in plans {
        let backend = Backend::on_tokio();
        let begun = Instant::now();
        assert_eq!(create(backend.creates(plan)).await, ends_well, "{plan:?}");
        assert_eq!(begun.elapsed(), time, "{plan:?}");
        let_others_run().await;
        assert_eq!((backend.created(), backend.alive()), (1, 0), "{plan:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_gate_lets_through_as_many_as_it_is_told() {
    let plans =
        [(Plan::Gate, Some(true)), (Plan::FailAtGate, Some(false)), (Plan::PanicAtGate, None)];
    for (plan, ends_well) in plans {
        let backend = Backend::on_tokio();
        backend.creates(plan);
        let (mut one, mut two) = (Box::pin(create(&backend)), Box::pin(create(&backend)));
        for create in [&mut one, &mut two] {
            assert!(poll_once(create.as_mut()).is_pending());
        }
        let_others_run().await;
        backend.open(1);
        let_others_run().await;
        let ended = [poll_once(one.as_mut()), poll_once(two.as_mut())];
        let ended: Vec<_> = ended.into_iter().filter(Poll::is_ready).collect();
        assert_eq!(ended, [Poll::Ready(ends_well)], "{plan:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_does_at_each_call_what_its_backend_is_told() {
    let backend = Backend::on_tokio();
    let builder = Pool::<CleanupProbe>::builder(backend.clone()).max_size(1);
    let pool = builder.build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    let_others_run().await;
    backend.checks(Plan::Fail);
    assert_eq!(pool.get().await.expect("made anew").number(), 2);
    let_others_run().await;
    assert_eq!(backend.checked(), 1);
    backend.checks(Plan::Succeed).resets(Plan::After(TIME));
    let begun = Instant::now();
    drop(pool.get().await.expect("idle"));
    assert_eq!(pool.get().await.expect("reset").number(), 2);
    assert_eq!(begun.elapsed(), TIME);
    backend.resets(Plan::Succeed).returns(Plan::Fail).closes(Plan::After(TIME));
    let_others_run().await;
    drop(pool.get().await.expect("made"));
    let_others_run().await;
    assert_eq!((pool.status().closing, backend.alive(), backend.most_alive()), (1, 1, 1));
    tokio::time::sleep(TIME).await;
    let_others_run().await;
    assert_eq!((pool.status().closing, backend.alive()), (0, 0));
    backend.drops(Plan::Panic);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(Probe::new(&backend)))).is_err());
}

/// Whether a check that is to find something finds it.
async fn finds(check: impl Future<Output = ()> + Send + 'static) -> bool {
    tokio::spawn(check).await.is_err_and(|error| error.is_panic())
}

#[tokio::test(start_paused = true)]
async fn an_item_that_is_never_returned_is_found() {
    let pool = Backend::on_tokio().pool().max_size(2).build().expect("settings agree");
    assert_whole(&pool).await;
    std::mem::forget(pool.get().await.expect("idle"));
    assert!(finds(async move { assert_whole(&pool).await }).await);
}

#[tokio::test(start_paused = true)]
async fn a_get_that_still_waits_is_found() {
    let pool = Backend::on_tokio().pool().max_size(0).build().expect("settings agree");
    assert_whole(&pool).await;
    let waiter = pool.clone();
    let mut get = Box::pin(waiter.get());
    assert!(poll_once(get.as_mut()).is_pending());
    assert!(finds(async move { assert_whole(&pool).await }).await);
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_the_pool_does_not_know_of_is_found() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    backend.assert_whole(&pool).await;
    let _detached = Item::detach(pool.get().await.expect("idle"));
    assert_whole(&pool).await;
    assert!(finds(async move { backend.assert_whole(&pool).await }).await);
}
