//! One get that is kept, in each situation that can stop others; and a get that is not.

use std::pin::pin;

use futures::{StreamExt, stream};
use pool_core::testing::{Plan, Probe};
use pool_tokio::{Backoff, GetError, Item, Phase, Pool};
use tokio::select;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

use crate::scene::{Kept, NEVER, PATIENCE, Scene, getter, keep, keep_one, ms, on_both_schedulers};

on_both_schedulers! {
    a_get_kept_in_its_create_stops_no_other
    nor_where_one_create_is_allowed_at_a_time
    an_outage_ends_although_the_get_that_tries_again_is_kept
    the_pool_is_closed_in_the_other_arm_of_a_select
    a_create_that_hangs_in_a_kept_get_frees_its_slot
    a_right_to_create_that_is_not_used_goes_to_the_next
    a_right_to_create_goes_on_when_the_time_of_its_get_is_over
    a_resource_goes_on_when_others_wait
    a_resource_goes_on_when_the_time_of_its_get_is_over
    a_resource_for_a_get_that_had_no_time_left_goes_on_at_once
    without_patience_a_resource_stays_with_its_get
    who_comes_and_goes_in_less_than_the_patience_is_served_too
    gets_in_a_buffered_stream_leave_their_consumer_served
    gets_in_a_buffered_stream_leave_their_consumer_the_last_place
    kept_gets_are_passed_over_one_by_one
    kept_gets_whose_time_is_over_are_passed_over_at_once
    rights_to_create_are_passed_over_one_by_one
    all_but_one_of_a_hundred_gets_are_kept
    a_kept_get_is_first_when_it_is_polled_again
    kept_gets_that_are_polled_again_are_served_before_newcomers
    a_kept_get_that_is_dropped_late_loses_nothing
    a_patience_of_no_time_serves_all_who_look
    a_get_that_looks_in_time_is_not_passed_over
    what_is_invalidated_before_it_is_fetched_is_not_lent
    what_expires_before_it_is_fetched_is_not_lent
    a_pool_shrinks_beside_what_is_not_fetched
    a_pool_is_filled_beside_a_right_that_is_not_used
    the_minimum_is_kept_up_beside_a_right_that_is_not_used
}

/// With the defaults, and room for 49 more.
async fn a_get_kept_in_its_create_stops_no_other(scene: Scene) {
    let pool = scene.with_defaults(50).build().expect("settings agree");
    scene.backend.creates(Plan::After(ms(50)));
    let kept = keep(pool.get()).await;
    let item = scene.within(50..=50, pool.get()).await.expect("served");
    drop(item);
    scene.lends_all(&pool).await;
    drop(kept);
    scene.whole(&pool).await;
}

/// What the kept get had created goes to the other, as it is there first.
async fn nor_where_one_create_is_allowed_at_a_time(scene: Scene) {
    let pool = scene.with_defaults(99).max_creating(1).build().expect("settings agree");
    scene.backend.creates(Plan::After(ms(50)));
    let kept = keep(pool.get()).await;
    let item = scene.within(50..=50 + 2 * PATIENCE, pool.get()).await.expect("served");
    assert_eq!(item.number(), 1, "whoever had it created");
    drop((item, kept));
    scene.whole(&pool).await;
}

/// The one create that is allowed then is in its pause, in the kept get.
async fn an_outage_ends_although_the_get_that_tries_again_is_kept(scene: Scene) {
    let backoff = Backoff::new(ms(20), ms(20));
    let pool = scene.builder(4).create_backoff(backoff).build().expect("settings agree");
    scene.backend.creates(Plan::Fail);
    assert!(matches!(pool.get().await, Err(GetError::Create(_))));
    let kept = keep(pool.get()).await;
    scene.backend.creates(Plan::Succeed);
    drop(scene.within(0..=20 + 2 * PATIENCE, pool.get()).await.expect("served"));
    sleep(ms(100)).await;
    drop(scene.within(0..=0, pool.get()).await.expect("served"));
    drop(kept);
    scene.whole(&pool).await;
}

async fn the_pool_is_closed_in_the_other_arm_of_a_select(scene: Scene) {
    let pool = scene.pool(1);
    scene.backend.creates(Plan::After(ms(50)));
    let shutdown = async {
        let mut get = pin!(pool.get());
        select! {
            biased;
            item = &mut get => panic!("{item:?}"),
            () = async {} => pool.close().await,
        }
        get.await.expect_err("the pool is closed")
    };
    assert!(matches!(scene.within(0..=0, shutdown).await, GetError::Closed));
    assert_eq!((pool.status().size, scene.backend.alive()), (0, 0));
}

/// The get that waits meanwhile is not told of it, as something is in use.
async fn a_create_that_hangs_in_a_kept_get_frees_its_slot(scene: Scene) {
    let pool = scene.builder(2).create_timeout(ms(100)).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    scene.backend.creates(Plan::Hang);
    let begun = Instant::now();
    let kept = keep(pool.get()).await;
    scene.backend.creates(Plan::Succeed);
    let item = scene.within(100..=101 + 2 * PATIENCE, pool.get()).await.expect("served");
    assert!(begun.elapsed() >= ms(98));
    drop((held, item));
    scene.lends_all(&pool).await;
    drop(kept);
    scene.whole(&pool).await;
}

async fn a_right_to_create_that_is_not_used_goes_to_the_next(scene: Scene) {
    let pool = scene.pool(1);
    let held = pool.get().await.expect("made");
    let kept = keep(pool.get()).await;
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 2).await;
    Item::discard(held);
    assert_eq!(pool.status().creating, 1, "the right is with the kept get");
    let item = scene.within(0..=2 * PATIENCE, next).await.expect("no panic").expect("served");
    assert_eq!(item.number(), 2);
    drop((item, kept));
    scene.whole(&pool).await;
}

/// Although there is no patience, and whoever comes later finds it gone on.
async fn a_right_to_create_goes_on_when_the_time_of_its_get_is_over(scene: Scene) {
    let pool = scene.builder(1).patience(None).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let kept = keep(pool.get_timeout(ms(60))).await;
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 2).await;
    Item::discard(held);
    let item = scene.within(50..=60, next).await.expect("no panic").expect("served");
    assert_eq!(item.number(), 2);
    drop(item);
    drop(kept);
    scene.whole(&pool).await;
}

async fn a_resource_goes_on_when_others_wait(scene: Scene) {
    let pool = scene.pool(1);
    let held = pool.get().await.expect("made");
    let kept = keep(pool.get()).await;
    drop(held);
    sleep(ms(100)).await;
    assert_eq!(pool.status().in_use, 1, "it waits there as long as nobody else does");
    let item = scene.within(0..=2 * PATIENCE, pool.get()).await.expect("served");
    assert_eq!((item.number(), scene.backend.created()), (1, 1));
    drop((item, kept));
    scene.whole(&pool).await;
}

async fn a_resource_goes_on_when_the_time_of_its_get_is_over(scene: Scene) {
    for patience in [None, Some(ms(PATIENCE))] {
        let scene = scene.another();
        let pool = scene.builder(1).patience(patience).build().expect("settings agree");
        let held = pool.get().await.expect("made");
        let kept = keep(pool.get_timeout(ms(60))).await;
        drop(held);
        sleep(ms(70)).await;
        scene.until(|| pool.status().idle == 1).await;
        drop(scene.within(0..=0, pool.get()).await.expect("served"));
        let told = scene.within(0..=0, kept).await;
        assert!(told.is_ok(), "it looks before it gives up: {told:?}");
        drop(told);
        scene.whole(&pool).await;
    }
}

/// Whoever waits behind it does not wait for any patience.
async fn a_resource_for_a_get_that_had_no_time_left_goes_on_at_once(scene: Scene) {
    let pool = scene.builder(1).patience(None).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let kept = keep(pool.get_timeout(ms(20))).await;
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 2).await;
    sleep(ms(30)).await;
    drop(held);
    drop(scene.within(0..=0, next).await.expect("no panic").expect("served"));
    drop(kept);
    scene.whole(&pool).await;
}

/// It is a setting: `None` is for ever.
async fn without_patience_a_resource_stays_with_its_get(scene: Scene) {
    let pool = scene.builder(1).patience(None).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let kept = keep(pool.get()).await;
    drop(held);
    let told = scene.within(200..=200, pool.get_timeout(ms(200))).await;
    let Err(GetError::TimedOut(timed_out)) = told else { panic!("{told:?}") };
    assert_eq!(timed_out.phase, Phase::Wait);
    drop(scene.within(0..=0, kept).await.expect("it was kept for it"));
    scene.whole(&pool).await;
}

/// Each of them gives up before a round is over; together they wait long enough.
async fn who_comes_and_goes_in_less_than_the_patience_is_served_too(scene: Scene) {
    let pool = scene.pool(1);
    let held = pool.get().await.expect("made");
    let kept = keep(pool.get()).await;
    drop(held);
    let mut tries = 0;
    while pool.get_timeout(ms(PATIENCE / 2)).await.is_err() {
        tries += 1;
        assert!(tries < 20, "it is not served");
    }
    drop(kept);
    scene.whole(&pool).await;
}

/// The oldest form of the trouble: the stream is not polled while its consumer waits.
async fn gets_in_a_buffered_stream_leave_their_consumer_served(scene: Scene) {
    consume(&scene, 50).await;
}

/// All other places are the stream's.
async fn gets_in_a_buffered_stream_leave_their_consumer_the_last_place(scene: Scene) {
    consume(&scene, 6).await;
}

async fn consume(scene: &Scene, max_size: usize) {
    let pool = scene.pool(max_size);
    scene.backend.creates(Plan::After(ms(20)));
    let mut gets = stream::iter((0..20).map(|_| pool.get())).buffer_unordered(5);
    let mut served = 0;
    while let Some(item) = scene.within(0..=20, gets.next()).await {
        let own = scene.within(0..=20 + 2 * PATIENCE, pool.get()).await.expect("served");
        drop((item.expect("served"), own));
        served += 1;
    }
    assert_eq!(served, 20);
    drop(gets);
    scene.whole(&pool).await;
}

/// One resource, which is given to one after the other of them.
async fn kept_gets_are_passed_over_one_by_one(scene: Scene) {
    const KEPT: u64 = 5;
    let pool = scene.pool(1);
    let held = pool.get().await.expect("made");
    let mut kept = Vec::new();
    for _ in 0..KEPT {
        kept.push(keep(pool.get()).await);
    }
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 6).await;
    drop(held);
    let most = KEPT * 2 * PATIENCE;
    drop(scene.within(PATIENCE..=most, next).await.expect("no panic").expect("served"));
    assert_eq!(scene.backend.created(), 1);
    drop(kept);
    scene.whole(&pool).await;
}

async fn kept_gets_whose_time_is_over_are_passed_over_at_once(scene: Scene) {
    let pool = scene.pool(1);
    let held = pool.get().await.expect("made");
    let mut kept = Vec::new();
    for _ in 0..20 {
        kept.push(keep(pool.get_timeout(ms(20))).await);
    }
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 21).await;
    sleep(ms(30)).await;
    drop(held);
    drop(scene.within(0..=0, next).await.expect("no panic").expect("served"));
    drop(kept);
    scene.whole(&pool).await;
}

async fn rights_to_create_are_passed_over_one_by_one(scene: Scene) {
    let pool = scene.builder(1).max_creating(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let mut kept = Vec::new();
    for _ in 0..3 {
        kept.push(keep(pool.get()).await);
    }
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 4).await;
    Item::discard(held);
    let item = scene.within(0..=3 * 2 * PATIENCE, next).await.expect("no panic");
    assert_eq!(item.expect("served").number(), 2);
    drop(kept);
    scene.whole(&pool).await;
}

/// Four at a time are given what others fetch in the end.
async fn all_but_one_of_a_hundred_gets_are_kept(scene: Scene) {
    let pool = scene.pool(4);
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(pool.get().await.expect("made"));
    }
    let mut kept = Vec::new();
    for limit in [None, Some(ms(20)), Some(NEVER)].into_iter().cycle().take(99) {
        kept.push(keep_one(&pool, limit).await);
    }
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 100).await;
    for (number, item) in held.into_iter().enumerate() {
        if number % 2 == 0 { drop(item) } else { Item::discard(item) }
    }
    // Two of those that have time left are passed over in each round.
    let most = 66 / 2 * 2 * PATIENCE;
    drop(scene.within(0..=most, next).await.expect("no panic").expect("served"));
    scene.lends_all(&pool).await;
    drop(kept);
    scene.whole(&pool).await;
}

/// What it was given went on; it comes back to it before anybody else.
async fn a_kept_get_is_first_when_it_is_polled_again(scene: Scene) {
    let pool = scene.pool(1);
    let held = pool.get().await.expect("made");
    let kept = keep_one(&pool, None).await;
    drop(held);
    let item = scene.within(0..=2 * PATIENCE, pool.get()).await.expect("served");
    let newcomer = getter(&pool);
    scene.until(|| pool.waiting() == 2).await;
    let kept = tokio::spawn(kept);
    scene.settle().await;
    drop(item);
    let item = scene.within(0..=0, kept).await.expect("no panic").expect("served");
    assert_eq!(pool.waiting(), 1, "the newcomer waits");
    drop(item);
    drop(scene.within(0..=0, newcomer).await.expect("no panic").expect("served"));
    scene.whole(&pool).await;
}

/// The last that enters again is the first; all of them are before who has come since.
async fn kept_gets_that_are_polled_again_are_served_before_newcomers(scene: Scene) {
    let pool = scene.pool(1);
    let held = pool.get().await.expect("made");
    let mut kept = Vec::new();
    for _ in 0..3 {
        kept.push(keep_one(&pool, None).await);
    }
    drop(held);
    let item = scene.within(0..=3 * 2 * PATIENCE, pool.get()).await.expect("served");
    let newcomer = getter(&pool);
    scene.until(|| pool.waiting() == 4).await;
    let mut tasks = Vec::new();
    for kept in kept {
        tasks.push(tokio::spawn(kept));
        scene.settle().await;
    }
    drop(item);
    for task in tasks {
        let item = scene.within(0..=0, task).await.expect("no panic").expect("served");
        assert!(!newcomer.is_finished());
        drop(item);
    }
    drop(scene.within(0..=0, newcomer).await.expect("no panic").expect("served"));
    scene.whole(&pool).await;
}

async fn a_kept_get_that_is_dropped_late_loses_nothing(scene: Scene) {
    let pool = scene.pool(2);
    let (one, two) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
    // One is given a resource, one the right to a create; one has been passed over.
    let first = keep_one(&pool, None).await;
    let second = keep_one(&pool, None).await;
    drop(one);
    Item::discard(two);
    let passed_over = scene.within(0..=2 * PATIENCE, pool.get()).await.expect("served");
    let third = keep_one(&pool, None).await;
    sleep(ms(50)).await;
    drop(first);
    sleep(ms(50)).await;
    drop(passed_over);
    drop(second);
    scene.settle().await;
    drop(third);
    scene.whole(&pool).await;
}

/// Rounds without a pause, as fast as the executor goes: nobody who is polled starves.
async fn a_patience_of_no_time_serves_all_who_look(scene: Scene) {
    let pool = scene.builder(2).patience(ms(0)).build().expect("settings agree");
    let kept = [keep_behind(&scene, &pool).await, keep_behind(&scene, &pool).await];
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                for _ in 0..50 {
                    let item = pool.get().await.expect("served");
                    yield_now().await;
                    drop(item);
                }
            })
        })
        .collect();
    for task in tasks {
        scene.within(0..=100, task).await.expect("no panic");
    }
    drop(kept);
    scene.whole(&pool).await;
}

/// A get that was given what there was in the pool.
async fn keep_behind(scene: &Scene, pool: &Pool<Probe>) -> Kept {
    let held = [pool.get().await.expect("made"), pool.get().await.expect("made")];
    let kept = keep_one(pool, None).await;
    drop(held);
    scene.settle().await;
    kept
}

/// It is polled in the same round, late as it is, and keeps its turn.
async fn a_get_that_looks_in_time_is_not_passed_over(scene: Scene) {
    let pool = scene.builder(1).patience(ms(200)).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let kept = keep_one(&pool, None).await;
    let next = getter(&pool);
    scene.until(|| pool.waiting() == 2).await;
    drop(held);
    sleep(ms(100)).await;
    let item = scene.within(0..=0, kept).await.expect("served");
    assert!(!next.is_finished(), "it was given what the first had not fetched yet");
    drop(item);
    drop(scene.within(0..=0, next).await.expect("no panic").expect("served"));
    scene.whole(&pool).await;
}

/// Neither what came back nor what was made for it.
async fn what_is_invalidated_before_it_is_fetched_is_not_lent(scene: Scene) {
    for is_made_for_it in [false, true] {
        let scene = scene.another();
        let pool = scene.pool(1);
        let kept = if is_made_for_it {
            scene.backend.creates(Plan::Gate);
            let kept = keep_one(&pool, None).await;
            scene.backend.creates(Plan::Succeed);
            scene.backend.open(1);
            scene.until(|| pool.status().creating == 0).await;
            kept
        } else {
            let held = pool.get().await.expect("made");
            let kept = keep_one(&pool, None).await;
            drop(held);
            kept
        };
        pool.invalidate_all();
        let item = scene.within(0..=0, kept).await.expect("served");
        assert_eq!(item.number(), 2, "made for it: {is_made_for_it}");
        drop(item);
        scene.whole(&pool).await;
    }
}

/// Without `idle_timeout`: what was given is not idle.
async fn what_expires_before_it_is_fetched_is_not_lent(scene: Scene) {
    let builder = scene.builder(1).max_lifetime(ms(100)).lifetime_jitter(0.0);
    let pool = builder.build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let kept = keep_one(&pool, None).await;
    drop(held);
    sleep(ms(300)).await;
    let item = scene.within(0..=0, kept).await.expect("served");
    assert_eq!(item.number(), 2);
    drop(item);
    scene.whole(&pool).await;
}

/// A resource as well as the right to a create; and the get is served when the pool grows again.
async fn a_pool_shrinks_beside_what_is_not_fetched(scene: Scene) {
    for is_right in [false, true] {
        let scene = scene.another();
        let pool = scene.pool(1);
        let held = pool.get().await.expect("made");
        let kept = keep_one(&pool, None).await;
        if is_right {
            Item::discard(held);
        } else {
            drop(held);
        }
        pool.resize(0);
        scene.within(0..=2 * PATIENCE, pool.settled()).await;
        assert_eq!(pool.status().size, 0, "right: {is_right}");
        pool.resize(1);
        drop(scene.within(0..=0, kept).await.expect("served"));
        scene.whole(&pool).await;
    }
}

async fn a_pool_is_filled_beside_a_right_that_is_not_used(scene: Scene) {
    for max_creating in [1, 2] {
        let scene = scene.another();
        let builder = scene.builder(2).max_creating(max_creating);
        let pool = builder.build().expect("settings agree");
        let held = [pool.get().await.expect("made"), pool.get().await.expect("made")];
        let kept = keep_one(&pool, None).await;
        held.into_iter().for_each(Item::discard);
        pool.reconfigure(|settings| settings.min_size = 2).expect("they agree");
        scene.within(0..=2 * PATIENCE, pool.fill()).await.expect("filled");
        drop(scene.within(0..=0, kept).await.expect("served"));
        scene.whole(&pool).await;
    }
}

async fn the_minimum_is_kept_up_beside_a_right_that_is_not_used(scene: Scene) {
    let builder = scene.builder(3).max_creating(1).min_idle(1);
    let pool = builder.build().expect("settings agree");
    let [one, two, held] = [pool.get().await, pool.get().await, pool.get().await];
    let kept = keep_one(&pool, None).await;
    Item::discard(one.expect("made"));
    Item::discard(two.expect("made"));
    scene.within(0..=2 * PATIENCE, scene.until(|| pool.status().idle == 1)).await;
    drop((held, kept));
    scene.whole(&pool).await;
}
