//! Resets and closes: bounded, counted until they are done, and lost to nothing (laws A1, A3, W5).

use std::thread;
use std::time::Duration;

use pool_core::testing::{Backend, CleanupProbe, Plan};
use pool_tests::{OnTokio, let_others_run};
use pool_tokio::{Builder, Item, Pool, Tokio};
use tokio::time::Instant;

fn with_cleanup(backend: &Backend, max_size: usize) -> Builder<CleanupProbe, Tokio> {
    Pool::<CleanupProbe>::builder(backend.clone()).max_size(max_size)
}

fn built(builder: Builder<CleanupProbe, Tokio>) -> Pool<CleanupProbe> {
    builder.build().expect("settings agree")
}

/// Lets everything succeed, and checks that nothing was lost and there never was too much.
async fn assert_whole(pool: &Pool<CleanupProbe>, backend: &Backend) {
    backend.resets(Plan::Succeed).closes(Plan::Succeed).checks(Plan::Succeed);
    backend.assert_whole(pool).await;
    assert!(backend.most_alive() <= pool.status().max_size);
}

#[tokio::test]
async fn a_reset_that_ends_at_once_is_over_when_the_item_is_dropped() {
    let backend = Backend::on_tokio();
    let pool = built(with_cleanup(&backend, 1));
    drop(pool.get().await.expect("made"));
    assert_eq!((pool.status().idle, pool.status().closing), (1, 0));
    drop(pool.get().await.expect("idle"));
    assert_eq!(backend.created(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_resource_is_not_lent_until_its_reset_is_done() {
    let backend = Backend::on_tokio();
    let pool = built(with_cleanup(&backend, 1));
    let item = pool.get().await.expect("made");
    backend.resets(Plan::After(Duration::from_millis(30)));
    drop(item);
    assert_eq!((pool.status().idle, pool.status().closing), (0, 1));
    let begun = Instant::now();
    assert_eq!(pool.get().await.expect("reset").number(), 1);
    assert_eq!(begun.elapsed().as_millis(), 30);
}

#[tokio::test(start_paused = true)]
async fn a_reset_that_fails_or_panics_costs_the_resource_and_nothing_else() {
    for plan in [Plan::Fail, Plan::Panic, Plan::FailAtGate, Plan::PanicAtGate] {
        let backend = Backend::on_tokio();
        let pool = built(with_cleanup(&backend, 2));
        let item = pool.get().await.expect("made");
        backend.resets(plan);
        drop(item);
        backend.open(1);
        let_others_run().await;
        assert_eq!((pool.status().size, backend.alive()), (0, 0), "{plan:?}");
        assert_whole(&pool, &backend).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_reset_that_hangs_frees_its_slot_after_the_reset_timeout() {
    let backend = Backend::on_tokio();
    let pool = built(with_cleanup(&backend, 1).reset_timeout(Duration::from_secs(2)));
    let item = pool.get().await.expect("made");
    backend.resets(Plan::Hang);
    drop(item);
    let begun = Instant::now();
    assert_eq!(pool.get().await.expect("made anew").number(), 2);
    assert_eq!(begun.elapsed().as_secs(), 2);
    assert_whole(&pool, &backend).await;
}

#[tokio::test(start_paused = true)]
async fn a_closing_resource_counts_until_it_is_gone() {
    let backend = Backend::on_tokio();
    let pool = built(with_cleanup(&backend, 1));
    let item = pool.get().await.expect("made");
    backend.closes(Plan::After(Duration::from_millis(40)));
    Item::discard(item);
    assert_eq!((pool.status().size, pool.status().closing, backend.alive()), (1, 1, 1));
    let begun = Instant::now();
    assert_eq!(pool.get().await.expect("made anew").number(), 2);
    assert_eq!((begun.elapsed().as_millis(), backend.most_alive()), (40, 1));
}

#[tokio::test(start_paused = true)]
async fn a_close_that_hangs_frees_its_slot_after_the_close_timeout() {
    let backend = Backend::on_tokio();
    let pool = built(with_cleanup(&backend, 1).close_timeout(Duration::from_secs(3)));
    let item = pool.get().await.expect("made");
    backend.closes(Plan::Hang);
    pool.resize(0);
    drop(item);
    let begun = Instant::now();
    pool.settled().await;
    assert_eq!((begun.elapsed().as_secs(), backend.alive()), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn a_close_that_panics_frees_its_slot() {
    for plan in [Plan::Panic, Plan::PanicAtGate] {
        let backend = Backend::on_tokio();
        let pool = built(with_cleanup(&backend, 1));
        let item = pool.get().await.expect("made");
        backend.closes(plan);
        Item::discard(item);
        backend.open(1);
        let_others_run().await;
        assert_eq!((pool.status().size, backend.alive()), (0, 0), "{plan:?}");
        assert_whole(&pool, &backend).await;
    }
}

#[tokio::test(start_paused = true)]
async fn surplus_is_closed_without_being_reset_first() {
    let backend = Backend::on_tokio();
    let pool = built(with_cleanup(&backend, 1));
    let item = pool.get().await.expect("made");
    backend.resets(Plan::Hang);
    pool.resize(0);
    drop(item);
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_pools_close_ends_when_the_last_goodbye_is_said() {
    let backend = Backend::on_tokio();
    let pool = built(with_cleanup(&backend, 3));
    let (one, two) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
    drop(pool.get().await.expect("made"));
    backend.closes(Plan::After(Duration::from_millis(20)));
    drop(one);
    let begun = Instant::now();
    let closing = pool.close();
    tokio::time::sleep(Duration::from_millis(5)).await;
    drop(two);
    closing.await;
    assert_eq!((begun.elapsed().as_millis(), backend.alive()), (25, 0));
}

#[tokio::test(start_paused = true)]
async fn after_a_failed_check_a_get_awaits_the_goodbye_only_without_room() {
    for (max_size, millis) in [(1, 50), (2, 0)] {
        let backend = Backend::on_tokio();
        let pool = built(with_cleanup(&backend, max_size));
        drop(pool.get().await.expect("made"));
        backend.checks(Plan::Fail).closes(Plan::After(Duration::from_millis(50)));
        let begun = Instant::now();
        let item = pool.get().await.expect("made anew");
        assert_eq!((begun.elapsed().as_millis(), item.number()), (millis, 2));
        assert!(backend.most_alive() <= max_size);
    }
}

#[test]
fn without_a_runtime_a_resource_is_dropped_instead_and_its_slot_is_free() {
    let backend = Backend::on_tokio();
    let pool = built(with_cleanup(&backend, 2).reset_timeout(None).close_timeout(None));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let one = runtime.block_on(pool.get()).expect("made");
    let two = runtime.block_on(pool.get()).expect("made");
    backend.resets(Plan::Hang).closes(Plan::Hang);
    drop(runtime);
    thread::spawn(move || drop(one)).join().expect("no panic");
    Item::discard(two);
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
    drop(pool);
}

#[test]
fn resets_that_a_shutdown_cuts_short_give_their_slots_back() {
    let backend = Backend::on_tokio();
    let pool = built(with_cleanup(&backend, 1));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(async {
        let item = pool.get().await.expect("made");
        backend.resets(Plan::Hang);
        drop(item);
        let_others_run().await;
        assert_eq!(pool.status().closing, 1);
    });
    drop(runtime);
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_says_goodbye_for_idle_ones() {
    let backend = Backend::on_tokio();
    let pool = built(with_cleanup(&backend, 1));
    drop(pool.get().await.expect("made"));
    backend.closes(Plan::Gate);
    drop(pool);
    assert_eq!(backend.alive(), 1, "its goodbye takes a while");
    backend.open(1);
    let_others_run().await;
    assert_eq!(backend.alive(), 0);
}
