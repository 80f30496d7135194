//! Each reason for which a resource ends, each other way to come and go, and what the pool itself
//! does.

use super::*;
use pool_tokio::Item;

const MINUTE: Duration = Duration::from_secs(60);

/// A pool of so many, all of them idle.
async fn full(diary: &Diary, builder: Builder<Probe, Tokio>, count: usize) -> Pool<Probe> {
    let pool = pool_tests::filled(builder, count).await;
    diary.take();
    pool
}

#[tokio::test(start_paused = true)]
async fn what_is_reusable_says_no_to_is_not_reusable() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    for plan in [Plan::Fail, Plan::Panic] {
        let pool = full(&diary, diary.builder(&backend.clone()), 1).await;
        let item = pool.get().await.expect("idle");
        diary.take();
        backend.returns(plan);
        drop(item);
        diary.assert_next([returned(0), discarded(DiscardReason::NotReusable)]);
        backend.returns(Plan::Succeed);
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_was_cut_short_costs_the_resource_on_its_return() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = full(&diary, diary.builder(&backend), 1).await;
    let mut item = pool.get().await.expect("idle");
    diary.take();
    let run = Item::run(&mut item, async |_| pending::<()>().await);
    assert!(tokio::time::timeout(ms(3), run).await.is_err());
    diary.assert_next([]);
    drop(item);
    diary.assert_next([returned(3), discarded(DiscardReason::CutShort)]);
    // Where returns are reset, too.
    let pool = diary.with_cleanup(&backend).build().expect("settings agree");
    let mut item = pool.get().await.expect("made");
    diary.take();
    drop(Box::pin(Item::run(&mut item, async |_| ())));
    let mut run = Box::pin(Item::run(&mut item, async |_| pending::<()>().await));
    assert!(poll_once(run.as_mut()).is_pending());
    drop(run);
    drop(item);
    diary.assert_next([returned(0), discarded(DiscardReason::CutShort)]);
}

#[tokio::test(start_paused = true)]
async fn a_holder_may_discard_detach_or_panic() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = full(&diary, diary.builder(&backend), 3).await;
    let (one, two) = (pool.get().await.expect("idle"), pool.get().await.expect("idle"));
    let three = pool.get().await.expect("idle");
    diary.take();
    advance(ms(5)).await;
    Item::discard(one);
    diary.assert_next([returned(5), discarded(DiscardReason::Discarded)]);
    drop(Item::detach(two));
    diary.assert_next([returned(5), Event::Detach]);
    let unwound = catch_unwind(AssertUnwindSafe(move || {
        let _held = three;
        panic!("the holder fails");
    }));
    assert!(unwound.is_err());
    diary.assert_next([returned(5), discarded(DiscardReason::HolderPanicked)]);
}

#[tokio::test(start_paused = true)]
async fn a_holder_that_panics_only_returns_where_that_is_allowed() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = full(&diary, diary.builder(&backend).discard_on_panic(false), 1).await;
    let item = pool.get().await.expect("idle");
    diary.take();
    let unwound = catch_unwind(AssertUnwindSafe(move || {
        let _held = item;
        panic!("the holder fails");
    }));
    assert!(unwound.is_err());
    diary.assert_next([returned(0)]);
}

#[tokio::test(start_paused = true)]
async fn what_has_lived_for_its_lifetime_is_expired_idle_or_returned() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let builder = diary.builder(&backend).max_lifetime(MINUTE).lifetime_jitter(0.0);
    let pool = full(&diary, builder, 2).await;
    let held = pool.get().await.expect("idle");
    diary.take();
    sleep(MINUTE + ms(2)).await;
    diary.assert_next([discarded(DiscardReason::Expired)]);
    drop(held);
    diary.assert_next([returned(60_002), discarded(DiscardReason::Expired)]);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_wanted_for_the_idle_timeout_is_idle() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let _pool = full(&diary, diary.builder(&backend).idle_timeout(MINUTE), 2).await;
    sleep(2 * MINUTE).await;
    diary.assert_next([discarded(DiscardReason::Idle), discarded(DiscardReason::Idle)]);
}

#[tokio::test(start_paused = true)]
async fn what_a_shrunk_pool_has_too_much_of_is_surplus() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = full(&diary, diary.builder(&backend), 2).await;
    let held = pool.get().await.expect("idle");
    diary.take();
    pool.resize(0);
    diary.assert_next([discarded(DiscardReason::Surplus), Event::Resize { from: 2, to: 0 }]);
    drop(held);
    diary.assert_next([returned(0), discarded(DiscardReason::Surplus)]);
}

#[tokio::test(start_paused = true)]
async fn what_was_made_before_is_invalidated_and_what_is_made_is_cut_short() {
    let replace = |pool: &Pool<Probe>, backend: &Backend| pool.replace_config(backend.clone());
    let invalidate = |pool: &Pool<Probe>, _: &Backend| pool.invalidate_all();
    for change in [replace, invalidate as fn(&Pool<Probe>, &Backend)] {
        let (backend, diary) = (Backend::on_tokio(), Diary::default());
        let pool = full(&diary, diary.builder(&backend), 3).await;
        pool.retain(|probe, _| probe.number() != 3);
        diary.assert_next([Event::Detach]);
        let held = pool.get().await.expect("idle");
        diary.take();
        change(&pool, &backend);
        let invalidated = discarded(DiscardReason::Invalidated);
        diary.assert_next([invalidated]);
        drop(held);
        diary.assert_next([returned(0), invalidated]);
        backend.creates(Plan::After(ms(7)));
        assert!(pool.get_timeout(ms(1)).await.is_err());
        diary.assert_next([got(GetOutcome::TimedOut, 1)]);
        change(&pool, &backend);
        let_others_run().await;
        diary.assert_next([created(Outcome::CutShort, 1)]);
        assert_eq!((pool.status().size, backend.alive()), (0, 0));
        sleep(ms(20)).await;
        diary.assert_next([]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_closed_pool_has_or_takes_back_ends_as_it_is_closed() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = full(&diary, diary.builder(&backend), 2).await;
    let held = pool.get().await.expect("idle");
    diary.take();
    let closed = discarded(DiscardReason::PoolClosed);
    drop(pool.close());
    diary.assert_next([closed, Event::Close]);
    drop(held);
    diary.assert_next([returned(0), closed]);
}

#[tokio::test(start_paused = true)]
async fn a_close_is_told_once() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = diary.pool(&backend);
    let other = pool.clone();
    pool.close().await;
    diary.assert_next([Event::Close]);
    assert!(other.close_within(ms(1)).await.is_ok());
    other.close().await;
    drop((pool, other));
    diary.assert_next([]);
    // By the last handle, if by nobody else.
    let pool = diary.pool(&backend);
    drop(pool.clone());
    diary.assert_next([]);
    drop(pool);
    diary.assert_next([Event::Close]);
}

#[tokio::test(start_paused = true)]
async fn a_resize_tells_from_what_to_what_and_other_settings_tell_nothing() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = diary.pool(&backend);
    pool.resize(4);
    diary.assert_next([Event::Resize { from: 1, to: 4 }]);
    pool.resize(4);
    pool.reconfigure(|settings| settings.idle_timeout = Some(MINUTE)).expect("settings agree");
    assert!(pool.reconfigure(|settings| settings.min_size = 5).is_err());
    diary.assert_next([]);
    let both = pool.reconfigure(|settings| {
        settings.max_size = 2;
        settings.min_idle = 0;
    });
    both.expect("settings agree");
    diary.assert_next([Event::Resize { from: 4, to: 2 }]);
}

#[tokio::test(start_paused = true)]
async fn what_is_taken_in_or_out_is_told_and_what_is_refused_is_not() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = diary.pool(&backend);
    assert!(pool.insert(Probe::new(&backend)).is_ok());
    diary.assert_next([Event::Insert]);
    assert!(pool.insert(Probe::new(&backend)).is_err());
    assert!(pool.retain(|_, _| true).is_empty());
    diary.assert_next([]);
    assert_eq!(pool.retain(|_, _| false).len(), 1);
    diary.assert_next([Event::Detach]);
    assert!(pool.insert(Probe::new(&backend)).is_ok());
    assert!(pool.retain(|_, _| panic!("as planned")).is_empty());
    let told = diary.take();
    assert!(matches!(told[..], [Event::Insert, Event::Discard { .. }]), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_check_that_try_get_has_left_finds_unfit_is_unfit() {
    let (backend, diary) = (Backend::on_tokio(), Diary::default());
    let pool = full(&diary, diary.builder(&backend), 1).await;
    backend.checks(Plan::FailAfter(ms(5)));
    assert!(pool.try_get().is_err());
    diary.assert_next([Event::TryGet { served: false }]);
    sleep(ms(10)).await;
    diary.assert_next([checked(Outcome::Failed, 5), discarded(DiscardReason::Unfit)]);
}
