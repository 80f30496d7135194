//! Panics on top of panics.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use pool_core::testing::{Backend, CleanupProbe, Plan, Probe};
use pool_tests::{OnTokio, poll_once};
use pool_tokio::{Event, Item, Pool};

use crate::{assert_whole, in_its_own_process, runtime};

/// A pool of one, and its item.
fn lent(backend: &Backend) -> (Pool<Probe>, Item<Probe>) {
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let item = runtime().block_on(pool.get()).expect("made");
    (pool, item)
}

/// Panics while it holds something.
fn hold_and_panic(held: impl Send) {
    let unwound = catch_unwind(AssertUnwindSafe(move || {
        let _held = held;
        panic!("the holder fails");
    }));
    assert!(unwound.is_err());
}

/// Panics wherever it can.
struct Bomb;

impl Wake for Bomb {
    fn wake(self: Arc<Self>) {
        panic!("the waker fails");
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "the waker's end fails");
    }
}

/// A panic's payload that panics when it is dropped.
struct Payload;

impl Drop for Payload {
    fn drop(&mut self) {
        panic!("the payload fails");
    }
}

in_its_own_process! {
    fn a_holder_panics() {
        let backend = Backend::on_tokio();
        let (pool, item) = lent(&backend);
        hold_and_panic(item);
        assert_eq!((pool.status().size, backend.alive()), (0, 0));
        assert_whole(&pool, &backend);
    }

    fn a_holder_panics_and_the_resource_panics_in_its_drop() {
        let backend = Backend::on_tokio();
        let (pool, item) = lent(&backend);
        backend.drops(Plan::Panic);
        hold_and_panic(item);
        backend.drops(Plan::Succeed);
        assert_eq!((pool.status().size, backend.alive()), (0, 0));
        assert_whole(&pool, &backend);
    }

    fn a_holder_panics_and_all_that_the_return_calls_panics() {
        let backend = Backend::on_tokio();
        let pool = Pool::<CleanupProbe>::builder(backend.clone())
            .max_size(1)
            .discard_on_panic(false)
            .observer(|_: &Event| panic!("the observer fails"))
            .build()
            .expect("settings agree");
        for (returns, resets) in [(Plan::Panic, Plan::Succeed), (Plan::Succeed, Plan::Panic)] {
            backend.creates(Plan::Succeed);
            let item = runtime().block_on(pool.get()).expect("made");
            backend.returns(returns).resets(resets).closes(Plan::Panic);
            hold_and_panic(item);
            assert_eq!((pool.status().size, backend.alive()), (0, 0));
            backend.returns(Plan::Succeed).resets(Plan::Succeed).closes(Plan::Succeed);
        }
    }

    fn an_observer_panics_during_a_panic() {
        let backend = Backend::on_tokio();
        let observer = |_: &Event| panic!("the observer fails");
        let pool = backend.pool().max_size(1).observer(observer).build().expect("they agree");
        let item = runtime().block_on(pool.get()).expect("made");
        hold_and_panic(item);
        assert_eq!((pool.status().size, backend.alive()), (0, 0));
        assert_whole(&pool, &backend);
    }

    fn the_last_handle_and_a_waiting_get_go_in_a_panic() {
        let backend = Backend::on_tokio();
        let (pool, item) = lent(&backend);
        drop(item);
        backend.drops(Plan::Panic);
        hold_and_panic(pool);
        assert_eq!(backend.alive(), 0);
        backend.drops(Plan::Succeed);
        let (pool, item) = lent(&backend);
        runtime().block_on(async {
            let mut get = Box::pin(pool.get());
            assert!(poll_once(get.as_mut()).is_pending());
            hold_and_panic(get);
        });
        assert_eq!(pool.waiting(), 0);
        drop(item);
        assert_whole(&pool, &backend);
    }

    fn a_waker_panics_when_it_wakes_and_when_it_is_dropped() {
        let backend = Backend::on_tokio();
        let pool = backend.pool().max_size(1).get_timeout(None).build().expect("they agree");
        let item = runtime().block_on(pool.get()).expect("made");
        let bomb = Waker::from(Arc::new(Bomb));
        let mut woken = Box::pin(pool.get());
        let mut left = Box::pin(pool.get());
        let mut closed = Box::pin(pool.closed());
        assert!(woken.as_mut().poll(&mut Context::from_waker(&bomb)).is_pending());
        assert!(closed.as_mut().poll(&mut Context::from_waker(&bomb)).is_pending());
        let replaced = Waker::from(Arc::new(Bomb));
        assert!(left.as_mut().poll(&mut Context::from_waker(&replaced)).is_pending());
        // From here on, the queue holds the only clone, and replaces it, and drops it.
        assert!(catch_unwind(AssertUnwindSafe(|| drop(replaced))).is_ok());
        assert!(poll_once(left.as_mut()).is_pending());
        drop(item);
        drop((woken, left));
        drop(pool.close());
        assert!(poll_once(closed.as_mut()).is_ready());
        drop(closed);
        std::mem::forget(bomb);
        assert_eq!((pool.status().size, backend.alive()), (0, 0));
    }

    fn a_waker_panics_while_a_holder_panics() {
        let backend = Backend::on_tokio();
        let pool = backend.pool().max_size(1).get_timeout(None).build().expect("they agree");
        let item = runtime().block_on(pool.get()).expect("made");
        let bomb = Waker::from(Arc::new(Bomb));
        let mut waiting = Box::pin(pool.get());
        assert!(waiting.as_mut().poll(&mut Context::from_waker(&bomb)).is_pending());
        hold_and_panic(item);
        drop(waiting);
        std::mem::forget(bomb);
        assert_whole(&pool, &backend);
    }

    /// Containing a panic means to drop its payload, which may be anything.
    fn a_payload_panics_when_it_is_dropped() {
        let backend = Backend::on_tokio();
        let observer = |_: &Event| panic_any(Payload);
        let pool = backend.pool().max_size(1).observer(observer).build().expect("they agree");
        drop(runtime().block_on(pool.get()).expect("made"));
        assert_eq!(pool.status().idle, 1);
        drop(pool);
        assert_eq!(backend.alive(), 0);
    }

    fn gets_that_panic_are_caught_and_their_pool_used_again() {
        let backend = Backend::on_tokio();
        let pool = backend.pool().max_size(1).build().expect("settings agree");
        for _ in 0..100 {
            backend.creates(Plan::Panic);
            assert!(catch_unwind(|| poll_once(pin!(pool.get())).is_ready()).is_err());
            backend.creates(Plan::Succeed).checks(Plan::Panic);
            drop(runtime().block_on(pool.get()).expect("made"));
            assert!(catch_unwind(|| poll_once(pin!(pool.get())).is_ready()).is_err());
            Item::discard(pool.get_blocking().expect("made anew"));
            backend.checks(Plan::Succeed);
        }
        assert_whole(&pool, &backend);
    }
}
