//! What waits for the pool itself, kept, or beside gets that are kept: fill, settled, close.

use pool_core::testing::{CleanupProbe, Plan};
use pool_tokio::{GetError, Item, Pool};
use tokio::time::{Instant, sleep};

use crate::scene::{NEVER, PATIENCE, Scene, getter, keep, keep_one, ms, on_both_schedulers};

on_both_schedulers! {
    a_kept_fill_keeps_no_place
    a_kept_fill_whose_creates_hang_frees_its_places
    a_fill_that_has_ended_stops_no_close
    a_fill_that_has_failed_stops_no_close
    a_fill_ends_beside_a_get_kept_in_its_create
    a_fill_hears_of_a_create_that_another_began
    a_kept_settled_stops_nothing
    a_settled_ends_beside_a_get_kept_in_its_create
    a_kept_close_stops_no_other_close
    close_ends_at_once_where_a_connect_hangs_that_nobody_wants
    close_ends_at_once_where_a_check_hangs_that_nobody_wants
    close_ends_at_once_beside_a_pause_between_creates
    close_waits_for_the_goodbye_of_what_a_kept_get_was_given
    close_within_says_that_a_kept_get_keeps_nothing
    the_last_handle_closes_a_pool_whose_create_hangs
    invalidate_all_drops_a_create_that_hangs
    what_a_kept_get_was_given_goes_idle_in_a_suspended_pool
}

/// Its creates are the pool's, and serve whoever gets.
async fn a_kept_fill_keeps_no_place(scene: Scene) {
    let pool = scene.builder(2).min_size(2).build().expect("settings agree");
    scene.backend.creates(Plan::After(ms(50)));
    let kept = keep(pool.fill()).await;
    drop(scene.within(50..=50, pool.get()).await.expect("served"));
    assert_eq!(scene.backend.created(), 2);
    drop(kept);
    scene.whole(&pool).await;
}

async fn a_kept_fill_whose_creates_hang_frees_its_places(scene: Scene) {
    let builder = scene.builder(2).min_size(2).create_timeout(ms(100));
    let pool = builder.build().expect("settings agree");
    scene.backend.creates(Plan::Hang);
    let kept = keep(pool.fill()).await;
    scene.backend.creates(Plan::Succeed);
    let told = scene.within(100..=100, pool.get()).await;
    assert!(told.is_err_and(|error| error.is_timeout()), "nothing else was on its way");
    drop(scene.within(0..=2, pool.get()).await.expect("served"));
    let told = scene.within(0..=0, kept).await.expect_err("it hears of it when it looks");
    assert!(told.is_timeout(), "{told}");
    scene.whole(&pool).await;
}

async fn a_fill_that_has_ended_stops_no_close(scene: Scene) {
    let pool = scene.builder(2).min_size(2).build().expect("settings agree");
    let mut fill = Box::pin(pool.fill());
    scene.within(0..=0, &mut fill).await.expect("filled");
    scene.within(0..=0, pool.close()).await;
    assert_eq!((pool.status().size, scene.backend.alive()), (0, 0));
    drop(fill);
}

async fn a_fill_that_has_failed_stops_no_close(scene: Scene) {
    let pool = scene.builder(2).min_size(2).build().expect("settings agree");
    scene.backend.creates(Plan::FailAfter(ms(10)));
    let mut fill = Box::pin(pool.fill());
    assert!(matches!(scene.within(10..=10, &mut fill).await, Err(GetError::Create(_))));
    scene.within(0..=0, pool.close()).await;
    assert_eq!((pool.status().size, scene.backend.alive()), (0, 0));
    drop(fill);
}

async fn a_fill_ends_beside_a_get_kept_in_its_create(scene: Scene) {
    let builder = scene.builder(2).min_size(2).max_creating(1);
    let pool = builder.build().expect("settings agree");
    scene.backend.creates(Plan::After(ms(30)));
    let kept = keep(pool.get()).await;
    scene.within(60..=60 + 2 * PATIENCE, pool.fill()).await.expect("filled");
    drop(kept);
    scene.whole(&pool).await;
}

/// Although it has no create of its own.
async fn a_fill_hears_of_a_create_that_another_began(scene: Scene) {
    let builder = scene.builder(2).min_size(1).max_creating(1);
    let pool = builder.build().expect("settings agree");
    scene.backend.creates(Plan::FailAfter(ms(30)));
    let kept = keep(pool.get()).await;
    assert!(matches!(scene.within(30..=30, pool.fill()).await, Err(GetError::Create(_))));
    drop(kept);
    scene.whole(&pool).await;
}

async fn a_kept_settled_stops_nothing(scene: Scene) {
    let pool = scene.pool(2);
    let (one, two) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
    pool.resize(1);
    let kept = keep(pool.settled()).await;
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 1).await;
    drop((one, two));
    drop(scene.within(0..=0, next).await.expect("no panic").expect("served"));
    scene.within(0..=0, pool.settled()).await;
    scene.within(0..=0, kept).await;
    scene.whole(&pool).await;
}

/// What is created is surplus, and nobody is asked to look at it.
async fn a_settled_ends_beside_a_get_kept_in_its_create(scene: Scene) {
    let pool = scene.pool(2);
    let held = pool.get().await.expect("made");
    scene.backend.creates(Plan::After(ms(30)));
    let kept = keep(pool.get()).await;
    pool.resize(1);
    scene.within(30..=30, pool.settled()).await;
    assert_eq!((pool.status().size, scene.backend.alive()), (1, 1));
    drop(held);
    drop(scene.within(0..=2 * PATIENCE, pool.get()).await.expect("served"));
    drop(kept);
    scene.whole(&pool).await;
}

async fn a_kept_close_stops_no_other_close(scene: Scene) {
    let pool = scene.pool(1);
    let held = pool.get().await.expect("made");
    let kept = keep(pool.close()).await;
    drop(held);
    scene.within(0..=0, pool.close()).await;
    scene.within(0..=0, pool.close_within(ms(0))).await.expect("nothing is left");
    scene.within(0..=0, kept).await;
    assert_eq!(scene.backend.alive(), 0);
}

async fn close_ends_at_once_where_a_connect_hangs_that_nobody_wants(scene: Scene) {
    let pool = scene.pool(3);
    let held = pool.get().await.expect("made");
    scene.backend.creates(Plan::Hang);
    let dropped = keep(pool.get()).await;
    let kept = keep_one(&pool, None).await;
    drop(dropped);
    scene.settle().await;
    assert_eq!(pool.status().creating, 2);
    drop(held);
    drop(scene.within(0..=2 * PATIENCE, pool.get()).await.expect("served"));
    scene.within(0..=0, pool.close()).await;
    assert_eq!((pool.status().size, scene.backend.alive()), (0, 0));
    assert!(matches!(scene.within(0..=0, kept).await, Err(GetError::Closed)));
}

async fn close_ends_at_once_where_a_check_hangs_that_nobody_wants(scene: Scene) {
    let pool = scene.pool(3);
    let held = [pool.get().await, pool.get().await, pool.get().await];
    drop(held.map(|item| item.expect("made")));
    scene.backend.checks(Plan::Hang);
    drop(keep(pool.get()).await);
    let kept = keep_one(&pool, None).await;
    assert!(pool.try_get().is_err(), "its check is left to the executor, too");
    scene.settle().await;
    assert_eq!(pool.status().in_use, 3);
    scene.within(0..=0, pool.close()).await;
    assert_eq!((pool.status().size, scene.backend.alive()), (0, 0));
    assert!(matches!(scene.within(0..=0, kept).await, Err(GetError::Closed)));
}

async fn close_ends_at_once_beside_a_pause_between_creates(scene: Scene) {
    let backoff = pool_tokio::Backoff::new(NEVER, NEVER);
    let pool = scene.builder(2).create_backoff(backoff).build().expect("settings agree");
    scene.backend.creates(Plan::Fail);
    assert!(pool.get().await.is_err());
    let kept = keep_one(&pool, None).await;
    scene.settle().await;
    scene.within(0..=0, pool.close()).await;
    assert!(matches!(scene.within(0..=0, kept).await, Err(GetError::Closed)));
}

async fn close_waits_for_the_goodbye_of_what_a_kept_get_was_given(scene: Scene) {
    let builder = Pool::<CleanupProbe>::builder(scene.backend.clone()).max_size(1);
    let pool = builder.get_timeout(None).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let kept = keep(pool.get()).await;
    drop(held);
    scene.backend.closes(Plan::After(ms(40)));
    let begun = Instant::now();
    let closing = pool.close();
    assert_eq!((pool.status().in_use, pool.status().closing), (0, 1));
    scene.within(40..=40, closing).await;
    assert!(begun.elapsed() >= ms(38));
    assert!(matches!(scene.within(0..=0, kept).await, Err(GetError::Closed)));
    assert_eq!(scene.backend.alive(), 0);
}

async fn close_within_says_that_a_kept_get_keeps_nothing(scene: Scene) {
    let pool = scene.pool(2);
    let (held, given) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
    let kept = keep_one(&pool, None).await;
    drop(given);
    let left = pool.close_within(ms(20)).await.expect_err("one is held");
    assert_eq!((left.size, left.in_use), (1, 1));
    drop(held);
    scene.within(0..=0, pool.close_within(ms(20))).await.expect("nothing is left");
    assert!(matches!(scene.within(0..=0, kept).await, Err(GetError::Closed)));
}

async fn the_last_handle_closes_a_pool_whose_create_hangs(scene: Scene) {
    let pool = scene.pool(1);
    scene.backend.creates(Plan::Hang);
    drop(keep(pool.get()).await);
    scene.settle().await;
    let weak = pool.downgrade();
    drop(pool);
    scene.within(0..=0, scene.until(|| scene.backend.alive() == 0)).await;
    assert!(weak.upgrade().is_none());
}

/// Its get creates anew, or whoever gets next.
async fn invalidate_all_drops_a_create_that_hangs(scene: Scene) {
    let pool = scene.builder(1).create_timeout(None).build().expect("settings agree");
    scene.backend.creates(Plan::Hang);
    let kept = keep_one(&pool, None).await;
    scene.settle().await;
    scene.backend.creates(Plan::Succeed);
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 2).await;
    pool.invalidate_all();
    let item = scene.within(0..=2 * PATIENCE, next).await.expect("no panic").expect("served");
    assert_eq!((item.number(), scene.backend.alive()), (2, 1));
    drop((item, kept));
    scene.whole(&pool).await;
}

async fn what_a_kept_get_was_given_goes_idle_in_a_suspended_pool(scene: Scene) {
    let pool = scene.pool(1);
    let held = pool.get().await.expect("made");
    let kept = keep_one(&pool, Some(ms(30))).await;
    drop(held);
    pool.suspend();
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 2).await;
    sleep(ms(50)).await;
    assert!(!next.is_finished(), "nothing is lent");
    assert_eq!((pool.status().idle, pool.status().in_use), (1, 0));
    pool.resume();
    drop(scene.within(0..=0, next).await.expect("no panic").expect("served"));
    drop(kept);
    Item::discard(pool.get().await.expect("idle"));
    scene.whole(&pool).await;
}
