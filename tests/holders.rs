//! Who holds what: each caller by its place in the source, until its item is gone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::thread;
use std::time::Duration;

use pool_core::testing::{Backend, Plan, Probe};
use pool_tests::{OnTokio, filled, poll_once};
use pool_tokio::{Event, GetError, Item, Pool, Pooled};
use tokio::time::advance;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// The lines from which items are held, those held longest first.
fn lines(pool: &Pool<Probe>) -> Vec<u32> {
    let holders = pool.holders();
    assert!(holders.iter().all(|holder| holder.caller.file() == file!()), "{holders:?}");
    holders.iter().map(|holder| holder.caller.line()).collect()
}

#[tokio::test(start_paused = true)]
async fn each_kind_of_get_is_named_by_its_line_longest_first() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().track_holders(true), 4).await;
    assert_eq!(lines(&pool), []);
    let (_one, first) = (pool.get().await.expect("idle"), line!());
    advance(ms(1)).await;
    let (_two, second) = (pool.get_timeout(ms(5)).await.expect("idle"), line!());
    advance(ms(1)).await;
    let (_three, third) = (pool.try_get().expect("idle"), line!());
    advance(ms(1)).await;
    let blocking = thread::spawn({
        let pool = pool.clone();
        move || (pool.get_blocking().expect("idle"), line!())
    });
    let (_four, fourth) = blocking.join().expect("no panic");
    advance(ms(1)).await;
    assert_eq!(lines(&pool), [first, second, third, fourth]);
    let held: Vec<_> = pool.holders().iter().map(|holder| holder.held).collect();
    assert_eq!(held, [ms(4), ms(3), ms(2), ms(1)]);
}

#[tokio::test(start_paused = true)]
async fn whoever_has_held_longest_is_first_whatever_was_returned_in_between() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().track_holders(true), 3).await;
    let first = pool.get().await.expect("idle");
    advance(ms(1)).await;
    let (_second, second) = (pool.get().await.expect("idle"), line!());
    advance(ms(1)).await;
    drop(first);
    let (_third, third) = (pool.get().await.expect("idle"), line!());
    assert_eq!(lines(&pool), [second, third]);
}

#[tokio::test(start_paused = true)]
async fn resources_are_numbered_in_the_order_in_which_they_were_made() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().track_holders(true).build().expect("settings agree");
    let items = [pool.get().await.expect("made"), pool.get().await.expect("made")];
    assert!(pool.insert(Probe::new(&backend)).is_ok());
    let third = pool.get().await.expect("idle");
    for item in items.iter().chain([&third]) {
        let number = item.number() as u64;
        assert!(pool.holders().iter().any(|holder| holder.resource == number), "{number}");
    }
    assert_eq!(pool.holders().len(), 3);
    drop(items);
    assert_eq!(pool.holders()[0].resource, 3);
}

#[tokio::test(start_paused = true)]
async fn a_get_is_named_by_its_call_and_not_by_its_poll() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().track_holders(true), 1).await;
    let (get, called) = (pool.get(), line!());
    advance(ms(1)).await;
    let _item = get.await.expect("idle");
    assert_eq!(lines(&pool), [called]);
    assert_eq!(pool.holders()[0].held, Duration::ZERO);
}

type Gotten = Result<Item<Probe>, GetError<<Probe as Pooled>::Error>>;

#[track_caller]
fn borrow(pool: &Pool<Probe>) -> impl Future<Output = Gotten> {
    pool.get()
}

#[tokio::test(start_paused = true)]
async fn a_get_inside_a_function_that_tracks_its_caller_is_named_by_that() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().track_holders(true), 1).await;
    let (_item, called) = (borrow(&pool).await.expect("idle"), line!());
    assert_eq!(lines(&pool), [called]);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_or_has_its_resource_checked_holds_nothing_yet() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().track_holders(true), 1).await;
    let (held, first) = (pool.get().await.expect("idle"), line!());
    let (mut get, second) = (Box::pin(pool.get()), line!());
    assert!(poll_once(get.as_mut()).is_pending());
    assert_eq!(lines(&pool), [first]);
    backend.checks(Plan::After(ms(5)));
    drop(held);
    assert!(poll_once(get.as_mut()).is_pending());
    assert_eq!(lines(&pool), []);
    assert_eq!(pool.status().in_use, 1);
    let _item = get.await.expect("fit");
    assert_eq!(lines(&pool), [second]);
}

#[tokio::test(start_paused = true)]
async fn whoever_has_let_go_in_whatever_way_is_no_holder() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().track_holders(true), 1).await;
    let panics = |item: Item<Probe>| {
        let unwound = catch_unwind(AssertUnwindSafe(move || {
            let _held = item;
            panic!("the holder fails");
        }));
        assert!(unwound.is_err());
    };
    let ways: [&dyn Fn(Item<Probe>); 5] =
        [&drop, &|item| pool.put(item), &Item::discard, &|item| drop(Item::detach(item)), &panics];
    for let_go in ways {
        let item = pool.get().await.expect("idle, or made");
        assert_eq!(pool.holders().len(), 1);
        let_go(item);
        assert!(pool.holders().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_that_has_gone_to_another_thread_is_held_there() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().track_holders(true), 1).await;
    let (item, called) = (pool.get().await.expect("idle"), line!());
    let item = thread::spawn(move || item).join().expect("no panic");
    assert_eq!(lines(&pool), [called]);
    thread::spawn(move || drop(item)).join().expect("no panic");
    assert_eq!(lines(&pool), []);
    drop(pool.get().await.expect("idle again"));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_listed_unless_that_was_asked_for() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().observer(|_: &Event| {}), 1).await;
    let _item = pool.get().await.expect("idle");
    assert!(pool.holders().is_empty());
}

#[tokio::test(start_paused = true)]
async fn retain_holds_nothing() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().track_holders(true), 2).await;
    assert_eq!(pool.retain(|probe, _| pool.holders().is_empty() && probe.number() == 1).len(), 1);
    assert!(pool.holders().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_item_that_outlives_its_pool_is_held_to_its_end() {
    let backend = Backend::on_tokio();
    let pool = filled(backend.pool().track_holders(true), 1).await;
    let (item, called) = (pool.get().await.expect("idle"), line!());
    drop(pool.close());
    assert_eq!(lines(&pool), [called]);
    drop(item);
    assert_eq!(lines(&pool), []);
}

#[tokio::test(start_paused = true)]
async fn a_name_is_in_debug_and_in_the_line_of_a_time_out() {
    let backend = Backend::on_tokio();
    let named = backend.pool().name("orders").max_size(0).build().expect("settings agree");
    assert_eq!(named.name(), Some("orders"));
    assert!(format!("{named:?}").contains("\"orders\""), "{named:?}");
    let error = pin!(named.get_timeout(ms(5))).await.expect_err("there is no room").to_string();
    assert!(error.contains(" (pool orders, size 0 of 0: "), "{error}");
    assert!(!error.contains('\n'), "{error}");
    let nameless = backend.pool().max_size(0).build().expect("settings agree");
    assert_eq!(nameless.name(), None);
    let error = nameless.get_timeout(ms(5)).await.expect_err("there is no room").to_string();
    assert!(error.contains(" (pool size 0 of 0: "), "{error}");
}
