//! What is counted beside gets: resources that come and go, and calls of `try_get`; and that all of
//! it adds up on real threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use pool_core::testing::{Backend, Plan, Probe};
use pool_tests::{OnTokio, filled, let_others_run};
use pool_tokio::{Counters, Item, Pool};
use tokio::time::sleep;

const SHORT: Duration = Duration::from_millis(5);

/// Checks that nothing but this has changed since `before`, and that resources add up.
fn assert_moved(pool: &Pool<Probe>, before: Counters, change: impl FnOnce(&mut Counters)) {
    let (counters, status) = (pool.counters(), pool.status());
    let exist = (status.size - status.creating) as u64;
    let Counters { created, inserted, ended, detached, .. } = counters;
    assert_eq!(created + inserted, ended + detached + exist, "{counters:?}, {status}");
    let mut expected = before;
    change(&mut expected);
    assert_eq!(counters, expected);
}

#[tokio::test(start_paused = true)]
async fn a_try_get_is_no_get() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 1).await;
    let before = pool.counters();
    let held = pool.try_get().expect("idle");
    assert_moved(&pool, before, |counters| counters.tried += 1);
    assert!(pool.try_get().is_err());
    assert_moved(&pool, before, |counters| {
        counters.tried += 2;
        counters.refused += 1;
    });
    drop(held);
    drop(pool.close());
    assert!(pool.try_get().is_err());
    assert_moved(&pool, before, |counters| {
        counters.tried += 3;
        counters.refused += 2;
        counters.ended += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn a_try_get_whose_check_fails_or_is_pending_counts_as_refused() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 1).await;
    backend.checks(Plan::After(SHORT));
    let before = pool.counters();
    assert!(pool.try_get().is_err());
    let refused = |counters: &mut Counters| {
        counters.tried += 1;
        counters.refused += 1;
    };
    assert_moved(&pool, before, refused);
    sleep(2 * SHORT).await;
    assert_eq!(pool.status().idle, 1, "it was fit after all");
    assert_moved(&pool, before, refused);
    backend.checks(Plan::Fail);
    let before = pool.counters();
    assert!(pool.try_get().is_err());
    assert_moved(&pool, before, |counters| {
        refused(counters);
        counters.ended += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn a_try_get_that_finds_only_what_is_kept_for_min_idle_counts_as_served() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().min_idle(1), 1).await;
    let before = pool.counters();
    let _held = pool.try_get().expect("the last one");
    assert_moved(&pool, before, |counters| counters.tried += 1);
}

#[tokio::test]
async fn a_try_get_that_panics_was_given_nothing() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 1).await;
    backend.checks(Plan::Panic);
    let before = pool.counters();
    assert!(std::panic::catch_unwind(|| pool.try_get().is_err()).is_err());
    assert_moved(&pool, before, |counters| {
        counters.tried += 1;
        counters.refused += 1;
        counters.ended += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn retain_is_no_get_and_what_it_takes_out_counts_as_detached() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 3).await;
    let before = pool.counters();
    assert!(pool.retain(|_, _| true).is_empty());
    assert_moved(&pool, before, |_| {});
    assert_eq!(pool.retain(|probe, _| probe.number() == 2).len(), 2);
    assert_moved(&pool, before, |counters| counters.detached += 2);
    assert!(pool.retain(|_, _| panic!("as planned")).is_empty());
    assert_moved(&pool, before, |counters| {
        counters.detached += 2;
        counters.ended += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn what_is_taken_in_counts_as_inserted_and_what_is_refused_not_at_all() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let before = pool.counters();
    assert!(pool.insert(Probe::new(&backend)).is_ok());
    let inserted = |counters: &mut Counters| counters.inserted += 1;
    assert_moved(&pool, before, inserted);
    assert!(pool.insert(Probe::new(&backend)).is_err(), "it is full");
    assert_moved(&pool, before, inserted);
}

#[tokio::test(start_paused = true)]
async fn what_is_detached_has_not_ended_and_what_is_discarded_has() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 2).await;
    let (one, two) = (pool.get().await.expect("idle"), pool.get().await.expect("idle"));
    let before = pool.counters();
    let detached = Item::detach(one);
    assert_moved(&pool, before, |counters| counters.detached += 1);
    Item::discard(two);
    assert_moved(&pool, before, |counters| {
        counters.detached += 1;
        counters.ended += 1;
    });
    drop(detached);
    assert_eq!(pool.counters().ended, before.ended + 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_surplus_counts_as_ended_when_it_is_gone() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool(), 3).await;
    let held = pool.get().await.expect("idle");
    let before = pool.counters();
    pool.resize(0);
    assert_moved(&pool, before, |counters| counters.ended += 2);
    drop(held);
    assert_moved(&pool, before, |counters| counters.ended += 3);
}

#[tokio::test(start_paused = true)]
async fn a_create_counts_when_it_has_ended_whoever_asked_for_it() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::After(SHORT));
    let pool = backend.pool().max_size(2).min_size(2).build().expect("settings agree");
    let before = pool.counters();
    pool.fill().await.expect("made");
    assert_moved(&pool, before, |counters| counters.created += 2);
    // One that is not needed any more is ended at once, but it was created.
    backend.creates(Plan::Gate);
    pool.resize(3);
    let held = (pool.try_get().expect("idle"), pool.try_get().expect("idle"));
    assert!(pool.get_timeout(SHORT).await.is_err());
    pool.resize(2);
    let before = pool.counters();
    backend.open(1);
    let_others_run().await;
    assert_moved(&pool, before, |counters| {
        counters.created += 1;
        counters.ended += 1;
    });
    drop(held);
}

/// A number from 0 up to `below`, the next of a fixed sequence (an LCG's upper bits).
fn draw(sequence: &mut u64, below: usize) -> usize {
    *sequence =
        sequence.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*sequence >> 33).expect("31 bits") % below
}

fn plan(sequence: &mut u64) -> Plan {
    const MOMENT: Duration = Duration::from_micros(200);
    match draw(sequence, 12) {
        0 => Plan::Fail,
        1 => Plan::FailAfter(MOMENT),
        2 => Plan::Hang,
        3 => Plan::Panic,
        4 | 5 => Plan::After(MOMENT),
        _ => Plan::Succeed,
    }
}

/// Checks the law and that nothing has gone down, again and again.
fn watch(pool: &Pool<Probe>, is_over: &AtomicBool) -> usize {
    let mut before = pool.counters();
    let mut samples = 0;
    while !is_over.load(SeqCst) {
        let counters = pool.counters();
        let Counters { started, served, timed_out, cancelled, failed, waiting, .. } = counters;
        assert_eq!(started, served + timed_out + cancelled + failed + waiting, "{counters:?}");
        let Counters { created, inserted, ended, detached, .. } = counters;
        let exist = created + inserted - ended - detached;
        assert!(exist <= 4 && counters.refused <= counters.tried, "{counters:?}");
        for (was, is) in all_but_waiting(before).into_iter().zip(all_but_waiting(counters)) {
            assert!(was <= is, "{before:?}, then {counters:?}");
        }
        before = counters;
        samples += 1;
    }
    samples
}

fn all_but_waiting(counters: Counters) -> [u64; 12] {
    let Counters { started, served, timed_out, cancelled, failed, tried, refused, .. } = counters;
    let Counters { created, create_failed, inserted, ended, detached, .. } = counters;
    [
        started,
        served,
        timed_out,
        cancelled,
        failed,
        tried,
        refused,
        created,
        create_failed,
        inserted,
        ended,
        detached,
    ]
}

async fn use_it(pool: Pool<Probe>, backend: Backend, seed: u64) {
    let mut sequence = seed;
    for _ in 0..8 {
        let limit = Duration::from_micros(draw(&mut sequence, 2000) as u64);
        let Ok(item) = pool.get_timeout(limit).await else { continue };
        match draw(&mut sequence, 8) {
            0 => Item::discard(item),
            1 => drop(Item::detach(item)),
            2 => drop(pool.try_get()),
            3 => drop(pool.insert(Probe::new(&backend))),
            _ => tokio::task::yield_now().await,
        }
    }
}

#[test]
fn the_counters_add_up_at_every_moment_on_real_threads() {
    let backend = Backend::on_tokio();
    let builder = backend.pool().max_size(4).max_waiting(30);
    let builder = builder.create_timeout(SHORT).recycle_timeout(SHORT);
    let pool = builder.build().expect("settings agree");
    let is_over = Arc::new(AtomicBool::new(false));
    let watcher = thread::spawn({
        let (pool, is_over) = (pool.clone(), is_over.clone());
        move || watch(&pool, &is_over)
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut sequence = 20_261_123;
        for round in 0..40 {
            let tasks: Vec<_> = (0..40)
                .map(|task| tokio::spawn(use_it(pool.clone(), backend.clone(), round * 40 + task)))
                .collect();
            for (number, task) in tasks.into_iter().enumerate() {
                backend.creates(plan(&mut sequence)).checks(plan(&mut sequence));
                if number % 4 == 0 {
                    drop(task.await);
                } else {
                    task.abort();
                }
            }
        }
        // The aborted tasks are dropped by the workers, sooner or later.
        let rest = async {
            while pool.waiting() + pool.status().in_use > 0 {
                tokio::task::yield_now().await;
            }
        };
        let rest = tokio::time::timeout(Duration::from_secs(20), rest).await;
        assert!(rest.is_ok(), "somebody waits for ever: {pool:?}");
    });
    is_over.store(true, SeqCst);
    assert!(watcher.join().expect("they add up") > 0);
    let Counters { served, timed_out, cancelled, failed, waiting, .. } = pool.counters();
    assert_eq!(waiting, 0);
    let all_happened = served > 0 && timed_out > 0 && cancelled > 0 && failed > 0;
    assert!(all_happened, "{:?}", pool.counters());
}
