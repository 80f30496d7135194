//! Runtimes that end before what was begun in them, and several of them.

use std::pin::pin;
use std::time::Duration;

use pool_core::testing::{Backend, CleanupProbe, Plan};
use pool_tests::{OnTokio, let_others_run, poll_once};
use pool_tokio::{BlockingError, GetError, Item, Pool};

use crate::{assert_whole, in_its_own_process, runtime, threaded_runtime};

in_its_own_process! {
    fn an_item_is_dropped_after_its_runtimes_shutdown() {
        let backend = Backend::on_tokio();
        let first = threaded_runtime();
        let (pool, item) = first.block_on(async {
            let pool = backend.pool().max_size(1).build().expect("settings agree");
            let item = pool.get().await.expect("made");
            (pool, item)
        });
        drop(first);
        drop(item);
        assert_eq!(pool.status().idle, 1);
        assert_whole(&pool, &backend);
    }

    fn an_item_that_needs_a_reset_is_dropped_after_its_runtimes_shutdown() {
        let backend = Backend::on_tokio();
        let first = threaded_runtime();
        let (pool, item) = first.block_on(async {
            let builder = Pool::<CleanupProbe>::builder(backend.clone());
            let pool = builder.max_size(1).build().expect("settings agree");
            let item = pool.get().await.expect("made");
            (pool, item)
        });
        backend.resets(Plan::After(Duration::ZERO)).closes(Plan::Gate);
        drop(first);
        // There is no timer for its reset any more: tokio panics, and that is contained.
        drop(item);
        assert_eq!((pool.status().size, backend.alive()), (0, 0));
    }

    fn gets_are_dropped_after_their_runtimes_shutdown() {
        let backend = Backend::on_tokio();
        let first = threaded_runtime();
        let pool = backend.pool().max_size(2).build().expect("settings agree");
        let item = first.block_on(pool.get()).expect("made");
        let (mut creating, mut waiting) = (Box::pin(pool.get()), Box::pin(pool.get()));
        first.block_on(async {
            backend.creates(Plan::Hang);
            assert!(poll_once(creating.as_mut()).is_pending());
            assert!(poll_once(waiting.as_mut()).is_pending());
        });
        drop(first);
        drop(creating);
        drop(item);
        drop(waiting);
        assert_eq!((pool.waiting(), pool.status().in_use, pool.status().creating), (0, 0, 0));
        backend.creates(Plan::Succeed);
        assert_whole(&pool, &backend);
    }

    fn a_get_begun_in_one_runtime_is_finished_in_another() {
        let backend = Backend::on_tokio();
        let pool = backend.pool().max_size(1).build().expect("settings agree");
        let (first, second) = (runtime(), runtime());
        let item = first.block_on(pool.get()).expect("made");
        let mut get = Box::pin(pool.get_timeout(Duration::from_secs(3600)));
        first.block_on(async { assert!(poll_once(get.as_mut()).is_pending()) });
        drop(item);
        drop(second.block_on(get).expect("served"));
        drop((first, second));
        assert_whole(&pool, &backend);
    }

    fn a_shutdown_drops_a_create_that_its_get_had_left() {
        let backend = Backend::on_tokio();
        backend.creates(Plan::Hang);
        let first = threaded_runtime();
        let pool = first.block_on(async {
            let pool = backend.pool().max_size(1).build().expect("settings agree");
            assert!(pool.get_timeout(Duration::from_millis(1)).await.is_err());
            assert_eq!(pool.status().creating, 1);
            pool
        });
        drop(first);
        assert_eq!((pool.status().size, backend.alive()), (0, 0));
        backend.creates(Plan::Succeed);
        assert_whole(&pool, &backend);
    }

    fn a_shutdown_drops_a_create_whose_resource_panics_in_its_drop() {
        let backend = Backend::on_tokio();
        backend.creates(Plan::Hang);
        let first = runtime();
        let pool = backend.pool().max_size(1).build().expect("settings agree");
        first.block_on(async {
            assert!(pool.get_timeout(Duration::from_millis(1)).await.is_err());
        });
        backend.drops(Plan::Panic);
        drop(first);
        backend.drops(Plan::Succeed).creates(Plan::Succeed);
        assert_eq!((pool.status().size, backend.alive()), (0, 0));
        assert_whole(&pool, &backend);
    }

    /// A create, a reset, a close and the maintenance task, all under way.
    fn a_runtime_is_left_to_shut_down_in_the_background() {
        let backend = Backend::on_tokio();
        let first = threaded_runtime();
        let pool = first.block_on(async {
            let builder = Pool::<CleanupProbe>::builder(backend.clone()).max_size(4);
            let builder = builder.max_lifetime(Duration::from_secs(60));
            let pool = builder.idle_timeout(Duration::from_secs(60)).build().expect("they agree");
            let (one, two) = (pool.get().await.expect("made"), pool.get().await.expect("made"));
            backend.resets(Plan::Hang).closes(Plan::Hang).creates(Plan::Hang);
            drop(one);
            Item::discard(two);
            assert!(pool.get_timeout(Duration::from_millis(1)).await.is_err());
            assert_eq!((pool.status().creating, pool.status().closing), (1, 2));
            pool
        });
        first.shutdown_background();
        // Its workers drop what they have, sooner or later; the pool tells when.
        backend.creates(Plan::Succeed).resets(Plan::Succeed).closes(Plan::Succeed);
        runtime().block_on(async {
            drop(pool.get().await.expect("made"));
            pool.close().await;
        });
        assert_eq!((pool.status().size, backend.alive()), (0, 0));
    }

    fn a_pool_is_closed_in_another_runtime_after_its_own_has_died() {
        let backend = Backend::on_tokio();
        let first = runtime();
        let (pool, items) = first.block_on(async {
            let builder = Pool::<CleanupProbe>::builder(backend.clone()).max_size(3);
            let pool = builder.build().expect("settings agree");
            let items = (pool.get().await, pool.get().await);
            drop(pool.get().await);
            (pool, items)
        });
        let stranger = pool.closed();
        drop(first);
        backend.closes(Plan::After(Duration::from_millis(1)));
        runtime().block_on(async {
            let closing = pool.close();
            drop(items);
            closing.await;
            stranger.await;
        });
        assert_eq!((pool.status().size, backend.alive()), (0, 0));
        assert!(matches!(poll_once(pin!(pool.get())), std::task::Poll::Ready(Err(GetError::Closed))));
    }

    fn the_last_handle_goes_after_the_runtime() {
        let backend = Backend::on_tokio();
        let first = runtime();
        let pool = first.block_on(async {
            let builder = Pool::<CleanupProbe>::builder(backend.clone()).max_size(2).min_size(2);
            builder.build_filled().await.expect("made")
        });
        backend.closes(Plan::Hang);
        drop(first);
        drop(pool);
        assert_eq!(backend.alive(), 0, "their goodbyes were cut short");
    }

    fn an_item_is_sent_to_another_runtime_and_dropped_there() {
        let backend = Backend::on_tokio();
        let (first, second) = (threaded_runtime(), threaded_runtime());
        let pool = first.block_on(async {
            let builder = Pool::<CleanupProbe>::builder(backend.clone()).max_size(1);
            builder.build().expect("settings agree")
        });
        let item = first.block_on(pool.get()).expect("made");
        backend.resets(Plan::After(Duration::from_millis(1)));
        let waiter = first.spawn({
            let pool = pool.clone();
            async move { pool.get().await.map(|item| item.number()) }
        });
        second.block_on(async { tokio::spawn(async move { drop(item) }).await.expect("no panic") });
        assert_eq!(first.block_on(waiter).expect("no panic").expect("served"), 1);
        backend.resets(Plan::Succeed);
        drop((first, second));
        runtime().block_on(pool.close());
        assert_eq!(backend.alive(), 0);
    }

    fn a_runtime_within_a_runtime_uses_the_same_pool() {
        let backend = Backend::on_tokio();
        let pool = backend.pool().max_size(1).build().expect("settings agree");
        let outer = threaded_runtime();
        outer.block_on(async {
            let item = pool.get().await.expect("made");
            let refused = pool.get_blocking();
            assert!(matches!(refused, Err(BlockingError::DrivesTasks)), "it would wait for itself");
            let inner = tokio::task::spawn_blocking({
                let pool = pool.clone();
                move || {
                    let inner = runtime();
                    let item = inner.block_on(pool.get()).expect("handed over");
                    drop(inner);
                    item
                }
            });
            let_others_run().await;
            drop(item);
            drop(inner.await.expect("no panic"));
        });
        drop(outer);
        assert_whole(&pool, &backend);
    }

    fn a_shutdown_drops_tasks_that_hold_items_and_tasks_that_wait_for_them() {
        let backend = Backend::on_tokio();
        let first = threaded_runtime();
        let pool = backend.pool().max_size(2).build().expect("settings agree");
        for _ in 0..20 {
            let pool = pool.clone();
            first.spawn(async move {
                let _item = pool.get().await;
                std::future::pending::<()>().await;
            });
        }
        first.block_on(async {
            while pool.status().in_use < 2 || pool.waiting() < 18 {
                tokio::task::yield_now().await;
            }
        });
        drop(first);
        assert_eq!((pool.waiting(), pool.status().in_use), (0, 0));
        assert_whole(&pool, &backend);
    }
}
