//! Panics of what goes on in the executor: they reach the get that asked, cost at most the resource,
//! and stop nobody.

use std::any::Any;

use pool_core::testing::{Backend, Plan, Probe, Refusal};
use pool_tests::OnTokio;
use pool_tokio::{GetError, Pool, Pooled, Usage};
use tokio::task::{JoinError, yield_now};

use crate::scene::{PATIENCE, Scene, getter, keep_one, ms, on_both_schedulers};

on_both_schedulers! {
    a_panic_in_a_later_poll_of_a_create_reaches_its_get
    a_panic_in_a_later_poll_of_a_check_reaches_its_get
    a_panic_is_kept_for_the_get_that_looks_late
    a_panic_of_a_create_whose_get_has_left_reaches_nobody
    a_panic_of_a_check_whose_get_has_left_reaches_nobody
    a_panic_of_a_create_is_room_for_the_next
    a_panic_of_a_check_is_room_for_the_next
    a_panic_reaches_the_fill_that_waits
    a_panic_of_a_check_that_try_get_left_reaches_nobody
    a_get_that_was_served_otherwise_hears_of_no_panic
    what_panics_in_every_poll_leaves_the_pool_whole
}

fn words(ended: Result<impl Sized, JoinError>) -> String {
    let payload: Box<dyn Any + Send> = match ended {
        Ok(_) => panic!("it did not panic"),
        Err(error) => error.into_panic(),
    };
    (*payload.downcast::<&str>().expect("the panic's own words")).to_owned()
}

async fn a_panic_in_a_later_poll_of_a_create_reaches_its_get(scene: Scene) {
    let pool = scene.pool(1);
    scene.backend.creates(Plan::PanicAtGate);
    let get = getter(&pool);
    scene.until(|| pool.status().creating == 1).await;
    scene.backend.open(1);
    assert_eq!(words(scene.within(0..=0, get).await), "as planned");
    assert_eq!((pool.status().size, scene.backend.alive()), (0, 0));
    assert_eq!(pool.counters().failed, 1);
    scene.whole(&pool).await;
}

async fn a_panic_in_a_later_poll_of_a_check_reaches_its_get(scene: Scene) {
    let pool = scene.pool(1);
    drop(pool.get().await.expect("made"));
    scene.backend.checks(Plan::PanicAtGate);
    let get = getter(&pool);
    scene.until(|| scene.backend.checked() == 1).await;
    scene.settle().await;
    scene.backend.open(1);
    assert_eq!(words(scene.within(0..=0, get).await), "as planned");
    assert_eq!((pool.status().size, scene.backend.alive()), (0, 0));
    assert_eq!(pool.counters().failed, 1);
    scene.whole(&pool).await;
}

async fn a_panic_is_kept_for_the_get_that_looks_late(scene: Scene) {
    let pool = scene.pool(1);
    scene.backend.creates(Plan::PanicAtGate);
    let kept = keep_one(&pool, None).await;
    scene.settle().await;
    scene.backend.creates(Plan::Succeed).open(1);
    drop(scene.within(0..=0, pool.get()).await.expect("it had asked for nothing that panicked"));
    assert_eq!(words(scene.within(0..=0, tokio::spawn(kept)).await), "as planned");
    scene.whole(&pool).await;
}

async fn a_panic_of_a_create_whose_get_has_left_reaches_nobody(scene: Scene) {
    let pool = scene.pool(1);
    scene.backend.creates(Plan::PanicAtGate);
    drop(keep_one(&pool, None).await);
    scene.settle().await;
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 1).await;
    scene.backend.creates(Plan::Succeed).open(1);
    let item = scene.within(0..=0, next).await.expect("no panic").expect("served");
    assert_eq!(item.number(), 2);
    drop(item);
    scene.whole(&pool).await;
}

async fn a_panic_of_a_check_whose_get_has_left_reaches_nobody(scene: Scene) {
    let pool = scene.pool(1);
    drop(pool.get().await.expect("made"));
    scene.backend.checks(Plan::PanicAtGate);
    drop(keep_one(&pool, None).await);
    scene.settle().await;
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 1).await;
    scene.backend.open(1);
    let item = scene.within(0..=0, next).await.expect("no panic").expect("served");
    assert_eq!((item.number(), scene.backend.alive()), (2, 1));
    drop(item);
    scene.whole(&pool).await;
}

async fn a_panic_of_a_create_is_room_for_the_next(scene: Scene) {
    let pool = scene.pool(1);
    scene.backend.creates(Plan::PanicAtGate);
    let kept = keep_one(&pool, None).await;
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 2).await;
    scene.settle().await;
    scene.backend.creates(Plan::Succeed).open(1);
    let item = scene.within(0..=0, next).await.expect("no panic").expect("served");
    assert_eq!(item.number(), 2);
    drop((item, kept));
    scene.whole(&pool).await;
}

async fn a_panic_of_a_check_is_room_for_the_next(scene: Scene) {
    let pool = scene.pool(1);
    drop(pool.get().await.expect("made"));
    scene.backend.checks(Plan::PanicAtGate);
    let kept = keep_one(&pool, None).await;
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 2).await;
    scene.settle().await;
    scene.backend.checks(Plan::Succeed).open(1);
    let item = scene.within(0..=2 * PATIENCE, next).await.expect("no panic").expect("served");
    assert_eq!((item.number(), scene.backend.alive()), (2, 1));
    let kept = tokio::spawn(kept);
    drop(item);
    // Where the next was faster, the kept get was given what that created, and hears of no panic.
    match scene.within(0..=0, kept).await {
        Ok(gotten) => assert_eq!(gotten.expect("served").number(), 2),
        told => assert_eq!(words(told), "as planned"),
    }
    scene.whole(&pool).await;
}

async fn a_panic_reaches_the_fill_that_waits(scene: Scene) {
    let pool = scene.builder(2).min_size(2).build().expect("settings agree");
    scene.backend.creates(Plan::PanicAtGate);
    let there = pool.clone();
    let fill = tokio::spawn(async move { there.fill().await });
    scene.until(|| pool.status().creating == 2).await;
    scene.settle().await;
    scene.backend.creates(Plan::Succeed).open(2);
    assert_eq!(words(scene.within(0..=0, fill).await), "as planned");
    scene.until(|| pool.status().creating == 0).await;
    scene.within(0..=0, pool.fill()).await.expect("filled");
    scene.whole(&pool).await;
}

async fn a_panic_of_a_check_that_try_get_left_reaches_nobody(scene: Scene) {
    let pool = scene.pool(1);
    drop(pool.get().await.expect("made"));
    scene.backend.checks(Plan::PanicAtGate);
    assert!(pool.try_get().is_err());
    scene.settle().await;
    scene.backend.open(1);
    scene.until(|| pool.status().size == 0).await;
    scene.whole(&pool).await;
}

/// Its create panics when it has what another has returned.
async fn a_get_that_was_served_otherwise_hears_of_no_panic(scene: Scene) {
    let pool = scene.pool(2);
    let held = pool.get().await.expect("made");
    scene.backend.creates(Plan::PanicAtGate);
    let get = getter(&pool);
    scene.until(|| pool.status().creating == 1).await;
    drop(held);
    let item = scene.within(0..=0, get).await.expect("no panic").expect("served");
    scene.backend.open(1);
    scene.until(|| pool.status().creating == 0).await;
    drop(item);
    scene.whole(&pool).await;
}

/// Panics in one of its polls, the first included, as often as it is told.
struct Fickle;

#[derive(Clone)]
struct Where {
    backend: Backend,
    polls: usize,
}

impl Pooled for Fickle {
    type Resource = Probe;
    type Config = Where;
    type Error = Refusal;

    async fn create(place: &Where) -> Result<Probe, Refusal> {
        let probe = Probe::new(&place.backend);
        for _ in 0..place.polls {
            yield_now().await;
        }
        assert!(place.polls > 3, "as planned");
        Ok(probe)
    }

    async fn recycle(_: &mut Probe, place: &Where, _: &Usage<'_>) -> Result<(), Refusal> {
        for _ in 0..place.polls - 4 {
            yield_now().await;
        }
        panic!("as planned")
    }
}

async fn what_panics_in_every_poll_leaves_the_pool_whole(_: Scene) {
    for polls in 0..8 {
        let backend = Backend::on_tokio();
        let builder = Pool::<Fickle>::builder(Where { backend: backend.clone(), polls });
        let pool = builder.max_size(2).get_timeout(ms(5000)).build().expect("settings agree");
        let mut panics = 0;
        for _ in 0..10 {
            let get = tokio::spawn(pool.get_owned());
            match get.await {
                Ok(Ok(item)) => drop(item),
                Ok(Err(error)) => panic!("{polls}: {error}"),
                Err(error) => panics += usize::from(error.is_panic()),
            }
        }
        // A create that ends is lent unchecked; then each check panics.
        assert_eq!(panics, if polls > 3 { 5 } else { 10 }, "in poll {polls}");
        let status = pool.status();
        assert_eq!((status.in_use, status.creating, status.waiting), (0, 0, 0), "{status}");
        pool.close().await;
        assert_eq!(backend.alive(), 0);
        assert!(matches!(pool.get().await, Err(GetError::Closed)));
    }
}
