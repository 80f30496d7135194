//! Laws F1 to F3 and rules 2 to 10 of creating: who is told, and how often the backend is asked.

use std::time::Duration;

use pool_core::testing::{Backend, Plan, Probe, Refusal};
use pool_tests::{OnTokio, let_others_run};
use pool_tokio::{Backoff, GetError, Phase, Pool};
use tokio::task::JoinHandle;
use tokio::time::Instant;

fn getter(pool: &Pool<Probe>) -> JoinHandle<Result<usize, GetError<Refusal>>> {
    let pool = pool.clone();
    tokio::spawn(async move { pool.get().await.map(|item| item.number()) })
}

#[tokio::test(start_paused = true)]
async fn a_thousand_waiters_are_told_at_the_instant_their_create_fails() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::FailAfter(Duration::from_millis(10)));
    let pool = backend.pool().max_size(8).build().expect("settings agree");
    let begun = Instant::now();
    let getters: Vec<_> = (0..1000).map(|_| getter(&pool)).collect();
    for getter in getters {
        let error = getter.await.expect("no panic").expect_err("creates fail");
        assert!(matches!(&error, GetError::Create(cause) if **cause == Refusal), "{error:?}");
    }
    assert_eq!(begun.elapsed().as_millis(), 10);
    assert!(backend.created() <= 8, "{} creates", backend.created());
    assert_eq!(pool.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn no_waiter_sleeps_beside_a_slot_that_anothers_failed_create_freed() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    backend.creates(Plan::FailAfter(Duration::from_millis(10)));
    let waiters = [getter(&pool), getter(&pool)];
    tokio::time::sleep(Duration::from_millis(10)).await;
    backend.creates(Plan::Succeed);
    let begun = Instant::now();
    for waiter in waiters {
        waiter.await.expect("no panic").expect("the server has healed");
    }
    assert!(begun.elapsed() <= Duration::from_millis(61), "{:?}", begun.elapsed());
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn server_full_leaves_waiters_waiting_for_what_is_lent() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(4).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    backend.creates(Plan::Fail);
    let waiter = getter(&pool);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!waiter.is_finished());
    // Were every pause half of what it may be, it would be 26.
    assert!((10..=26).contains(&backend.created()), "{} probes in 500 ms", backend.created());
    drop(held);
    assert_eq!(waiter.await.expect("no panic").expect("served"), 1);
}

#[tokio::test(start_paused = true)]
async fn an_outage_longer_than_the_create_timeout_is_told_although_one_is_lent() {
    let backend = Backend::on_tokio();
    let builder = backend.pool().max_size(2).create_timeout(Duration::from_secs(1));
    let pool = builder.build().expect("settings agree");
    let held = pool.get().await.expect("made");
    backend.creates(Plan::Fail);
    let begun = Instant::now();
    let error = pool.get().await.expect_err("the server is down");
    assert!(matches!(error, GetError::Create(_)), "{error:?}");
    let told_after = begun.elapsed();
    assert!((1000..=1051).contains(&told_after.as_millis()), "{told_after:?}");
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stays_full_is_no_error_while_what_is_lent_goes_round() {
    let backend = Backend::on_tokio();
    let builder = backend.pool().max_size(2).create_timeout(Duration::from_secs(1));
    let pool = builder.build().expect("settings agree");
    let first = pool.get().await.expect("made");
    backend.creates(Plan::Fail);
    let getters = (0..3).map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move {
            for _ in 0..100 {
                let item = pool.get().await.expect("it comes round");
                tokio::time::sleep(Duration::from_millis(20)).await;
                drop(item);
            }
        })
    });
    let getters: Vec<_> = getters.collect();
    drop(first);
    for getter in getters {
        getter.await.expect("six seconds, and no error");
    }
    // Once it goes round no more, who waits is told: by the first create that fails 1000 ms or more
    // after the first failure since a return served somebody.
    let held = pool.get().await.expect("it is idle");
    let begun = Instant::now();
    assert!(matches!(pool.get().await, Err(GetError::Create(_))));
    // At the earliest, that first failure was 20 ms ago. The last one to be served had it for that
    // long, and a create of its own may have failed in the millisecond in which it was served.
    // Pauses double from 1 to 50 ms, and the outage is six seconds old, so each is of 25 to 50 ms,
    // as chance has it, and a tick of the timer. At the latest, that first failure comes at the end
    // of a pause that has just begun, and the one that tells a pause after its 1000 ms.
    let (held_for, longest_pause) = (20, 50 + 1);
    let told = 1000 - held_for..=longest_pause + 1000 + longest_pause;
    assert!(told.contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn failures_far_apart_are_not_one_outage() {
    let backend = Backend::on_tokio();
    let builder = backend.pool().max_size(2).create_timeout(Duration::from_secs(1));
    let pool = builder.build().expect("settings agree");
    let held = pool.get().await.expect("made");
    backend.creates(Plan::Fail);
    assert!(pool.get_timeout(Duration::ZERO).await.is_err());
    tokio::time::sleep(Duration::from_secs(3600)).await;
    // Were it one outage of an hour, this get would be told at once.
    let waiter = getter(&pool);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!waiter.is_finished());
    drop(held);
    waiter.await.expect("no panic").expect("served");
}

#[tokio::test(start_paused = true)]
async fn a_time_out_carries_the_last_create_error() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    backend.creates(Plan::Fail);
    let error = pool.get_timeout(Duration::from_millis(300)).await.expect_err("all are lent");
    let GetError::TimedOut(timed_out) = &error else { panic!("{error:?}") };
    assert_eq!(timed_out.last_create_error.as_deref(), Some(&Refusal));
    assert!(error.to_string().ends_with("; the last create failed: refused"), "{error}");
    let source = std::error::Error::source(&error).expect("the cause");
    assert_eq!(source.downcast_ref(), Some(&Refusal));
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_down_for_a_second_is_asked_rarely_and_found_soon() {
    let backend = Backend::on_tokio();
    let create = Duration::from_millis(2);
    backend.creates(Plan::FailAfter(create));
    let pool = backend.pool().max_size(10).build().expect("settings agree");
    let begun = Instant::now();
    let clients: Vec<_> = (0..40)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                loop {
                    if pool.get().await.is_ok() {
                        return Instant::now();
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let failed = backend.created();
    backend.creates(Plan::After(create));
    let mut first = None;
    for client in clients {
        let served = client.await.expect("no panic");
        first = Some(first.map_or(served, |first: Instant| first.min(served)));
    }
    assert!(failed <= 100, "{failed} failed creates");
    let healed = first.expect("served") - (begun + Duration::from_secs(1));
    assert!(healed <= Duration::from_millis(50) + 2 * create, "{healed:?} after the heal");
}

#[tokio::test(start_paused = true)]
async fn a_create_that_hangs_frees_its_slot_after_the_create_timeout() {
    let backend = Backend::on_tokio();
    let builder = backend.pool().max_size(2).create_timeout(Duration::from_secs(1));
    let pool = builder.build().expect("settings agree");
    backend.creates(Plan::Hang);
    let begun = Instant::now();
    let error = pool.get_timeout(Duration::from_millis(100)).await.expect_err("it hangs");
    assert_eq!(begun.elapsed().as_millis(), 100);
    let GetError::TimedOut(timed_out) = error else { panic!("{error:?}") };
    assert_eq!(timed_out.phase, Phase::Create);
    assert_eq!((pool.status().creating, backend.alive()), (1, 1));
    tokio::time::sleep(Duration::from_millis(900)).await;
    let_others_run().await;
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
    backend.creates(Plan::Succeed);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn a_create_timeout_is_told_as_a_time_out_in_the_create() {
    let backend = Backend::on_tokio();
    let builder = backend.pool().create_timeout(Duration::from_secs(1)).get_timeout(None);
    let pool = builder.build().expect("settings agree");
    backend.creates(Plan::Hang);
    let error = pool.get().await.expect_err("it hangs");
    let GetError::TimedOut(timed_out) = error else { panic!("{error:?}") };
    assert_eq!((timed_out.phase, timed_out.waited.as_secs()), (Phase::Create, 1));
}

#[tokio::test(start_paused = true)]
async fn max_creating_bounds_the_creates_under_way() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Gate);
    let pool = backend.pool().max_size(10).max_creating(3).build().expect("settings agree");
    let getters: Vec<_> = (0..10).map(|_| getter(&pool)).collect();
    let_others_run().await;
    assert_eq!((pool.status().creating, backend.created()), (3, 3));
    backend.open(10);
    for getter in getters {
        getter.await.expect("no panic").expect("served");
    }
}

#[tokio::test(start_paused = true)]
async fn creates_never_exceed_the_need() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Gate);
    let pool = backend.pool().max_size(10).build().expect("settings agree");
    let mut getters: Vec<_> = (0..3).map(|_| getter(&pool)).collect();
    let_others_run().await;
    assert_eq!(backend.created(), 3);
    // Two leave; their creates go on and are enough for two who come.
    for getter in getters.drain(..2) {
        getter.abort();
    }
    let_others_run().await;
    getters.extend([getter(&pool), getter(&pool)]);
    let_others_run().await;
    assert_eq!((backend.created(), pool.status().creating), (3, 3));
    backend.open(3);
    for getter in getters {
        getter.await.expect("no panic").expect("served");
    }
    assert_eq!(backend.created(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_back_off_is_as_it_was_set() {
    let tries_in_a_second = async |backoff: Option<Backoff>| {
        let backend = Backend::on_tokio();
        let pool = backend.pool().max_size(2).create_backoff(backoff).build().expect("they agree");
        let held = pool.get().await.expect("made");
        backend.creates(Plan::FailAfter(Duration::from_millis(1)));
        assert!(pool.get_timeout(Duration::from_secs(1)).await.is_err());
        drop(held);
        backend.created() - 1
    };
    let second = Duration::from_secs(1);
    // One after the other, each of a millisecond; the last is cut short.
    assert!((999..=1001).contains(&tries_in_a_second(None).await));
    assert_eq!(tries_in_a_second(Some(Backoff::new(Duration::MAX, Duration::MAX))).await, 1);
    let tenth = tries_in_a_second(Some(Backoff::new(second / 10, second / 10))).await;
    assert!((10..=20).contains(&tenth), "{tenth}");
}

#[tokio::test(start_paused = true)]
async fn creates_that_fail_together_are_one_failure() {
    for together in [1, 8, 64] {
        let backend = Backend::on_tokio();
        backend.creates(Plan::FailAfter(Duration::from_millis(10)));
        let pool = backend.pool().max_size(together).build().expect("settings agree");
        let getters: Vec<_> = (0..together).map(|_| getter(&pool)).collect();
        for getter in getters {
            getter.await.expect("no panic").expect_err("creates fail");
        }
        backend.creates(Plan::Succeed);
        let begun = Instant::now();
        drop(pool.get().await.expect("it has healed"));
        let paused = begun.elapsed();
        assert!(paused <= Duration::from_millis(2), "{together} together: {paused:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_out_says_how_long_this_get_has_waited() {
    let backend = Backend::on_tokio();
    let builder = backend.pool().max_size(1).create_timeout(Duration::from_secs(1));
    let pool = builder.build().expect("settings agree");
    backend.creates(Plan::Hang);
    assert!(pool.get_timeout(Duration::from_millis(1)).await.is_err());
    tokio::time::sleep(Duration::from_millis(994)).await;
    // It joins five milliseconds before another's create runs out of time.
    let error = pool.get_timeout(Duration::from_millis(100)).await.expect_err("it hangs");
    let GetError::TimedOut(timed_out) = error else { panic!("{error:?}") };
    assert!(timed_out.waited <= Duration::from_millis(6), "{:?}", timed_out.waited);
}

/// One create failed long ago: nobody is probing, and nobody need be careful.
#[tokio::test(start_paused = true)]
async fn a_rush_long_after_a_failure_connects_at_once() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(16).build().expect("settings agree");
    backend.creates(Plan::Fail);
    pool.get().await.expect_err("creates fail");
    backend.creates(Plan::After(Duration::from_millis(100)));
    for (pause, rounds) in [(Duration::from_secs(1), 2), (Duration::from_secs(11), 1)] {
        tokio::time::sleep(pause).await;
        let begun = Instant::now();
        let getters: Vec<_> = (0..16).map(|_| tokio::spawn(pool.get_owned())).collect();
        let mut held = Vec::new();
        for getter in getters {
            held.push(getter.await.expect("no panic").expect("made"));
        }
        let took = begun.elapsed().as_millis();
        assert_eq!(took, 100 * rounds, "after {pause:?}");
        drop(held);
        backend.creates(Plan::Fail);
        pool.invalidate_all();
        pool.get().await.expect_err("creates fail");
        backend.creates(Plan::After(Duration::from_millis(100)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_time_out_long_after_a_failure_says_nothing_of_it() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    backend.creates(Plan::Fail);
    pool.get_timeout(Duration::from_millis(10)).await.expect_err("creates fail");
    pool.resize(1);
    for (pause, is_known) in [(Duration::from_secs(1), true), (Duration::from_secs(3600), false)] {
        tokio::time::sleep(pause).await;
        let told = pool.get_timeout(Duration::from_millis(10)).await;
        let Err(GetError::TimedOut(timed_out)) = told else { panic!("{told:?}") };
        assert_eq!(timed_out.last_create_error.is_some(), is_known, "after {pause:?}");
    }
    drop(held);
}
