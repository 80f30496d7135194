//! Laws P1 to P3: a panic in user code costs that resource, and nothing else.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use pool_core::testing::{Backend, Plan, Probe};
use pool_tests::{OnTokio, let_others_run, poll_once};
use pool_tokio::{Builder, Item, Runtime, Sleep, Task, Tokio};

#[tokio::test(start_paused = true)]
async fn a_panic_in_create_unwinds_through_the_get_and_keeps_the_slot() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Panic);
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let getter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.get().await.map(drop) }
    });
    assert!(getter.await.expect_err("it panics").is_panic());
    let unwound = catch_unwind(|| poll_once(pin!(pool.get())).is_ready());
    assert!(unwound.is_err());
    // At once: what panicked is not left to the executor.
    assert_eq!((pool.status().size, pool.status().waiting, backend.alive()), (0, 0, 0));
    backend.creates(Plan::Succeed);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_one_getters_create_leaves_the_others_served() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::Panic);
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let getters = [0; 3].map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move { pool.get().await.map(drop) })
    });
    let mut panicked = 0;
    for getter in getters {
        panicked += usize::from(getter.await.is_err());
        backend.creates(Plan::Succeed);
    }
    assert!((1..=3).contains(&panicked));
    backend.assert_whole(&pool).await;
}

/// Tokio, but with tasks that no panic may leave: another executor would die of it.
struct Strict {
    tokio: Tokio,
    panics: Arc<AtomicUsize>,
}

impl Runtime for Strict {
    fn now(&self) -> Instant {
        self.tokio.now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.tokio.sleep(duration)
    }

    fn spawn(&self, mut task: Task) {
        let panics = self.panics.clone();
        self.tokio.spawn(Box::pin(poll_fn(move |cx| {
            catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(cx))).unwrap_or_else(|_| {
                panics.fetch_add(1, SeqCst);
                Poll::Ready(())
            })
        })));
    }
}

/// Checks that a get unwinds with what the resource's own code panicked with.
fn assert_unwinds<F: Future + ?Sized>(get: Pin<&mut F>) {
    let payload = catch_unwind(AssertUnwindSafe(|| poll_once(get).is_ready()));
    let payload = payload.expect_err("it unwinds");
    assert_eq!(payload.downcast_ref(), Some(&"as planned"));
}

#[tokio::test(start_paused = true)]
async fn no_panic_leaves_the_pools_own_tasks() {
    let backend = Backend::on_tokio();
    let panics = Arc::new(AtomicUsize::new(0));
    let strict = Strict { tokio: Tokio::default(), panics: panics.clone() };
    let builder = Builder::<Probe, Strict>::new(backend.clone(), strict);
    let pool = builder.max_size(1).build().expect("settings agree");
    // A create whose get waits for it: the panic is the get's.
    backend.creates(Plan::PanicAtGate);
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    backend.open(1);
    let_others_run().await;
    assert_eq!((pool.status().size, panics.load(SeqCst)), (0, 0));
    assert_unwinds(get.as_mut());
    // So is that of a check.
    backend.creates(Plan::Succeed).checks(Plan::PanicAtGate);
    drop(pool.get().await.expect("made"));
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    backend.open(1);
    let_others_run().await;
    assert_eq!((pool.status().size, panics.load(SeqCst)), (0, 0));
    assert_unwinds(get.as_mut());
    // A create whose caller has left.
    backend.creates(Plan::PanicAtGate);
    assert!(pool.get_timeout(Duration::from_millis(1)).await.is_err());
    backend.open(1);
    let_others_run().await;
    assert_eq!((pool.status().size, panics.load(SeqCst)), (0, 0));
    // A check that `try_get` has left.
    backend.creates(Plan::Succeed);
    drop(pool.get().await.expect("made"));
    backend.checks(Plan::PanicAtGate);
    assert!(pool.try_get().is_err());
    backend.open(1);
    let_others_run().await;
    assert_eq!((pool.status().size, panics.load(SeqCst)), (0, 0));
    backend.checks(Plan::Succeed);
    drop(pool.get().await.expect("made"));
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_cut_short_and_panics_on_drop_frees_its_slot() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    backend.creates(Plan::Gate);
    assert!(pool.get_timeout(Duration::from_millis(1)).await.is_err());
    let waiter = tokio::spawn({
        let pool = pool.clone();
        async move { pool.get().await.map(|item| item.number()) }
    });
    let_others_run().await;
    // Dropping the half-made probe panics when the create is cut short.
    backend.drops(Plan::Panic);
    tokio::time::sleep(Duration::from_secs(11)).await;
    backend.drops(Plan::Succeed).creates(Plan::Succeed).open(2);
    assert!(waiter.await.is_ok_and(|served| served.is_ok()));
    backend.assert_whole(&pool).await;
}

#[tokio::test]
async fn a_panic_in_recycle_unwinds_through_the_get_and_costs_the_resource() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    backend.checks(Plan::Panic);
    let unwound = catch_unwind(|| poll_once(pin!(pool.get())).is_ready());
    assert!(unwound.is_err());
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
    assert!(catch_unwind(|| pool.try_get().is_err()).is_ok(), "nothing is idle");
    backend.checks(Plan::Succeed);
    backend.assert_whole(&pool).await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_executor_is_for_the_get_that_asked_alone() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(2).get_timeout(None).build().expect("settings agree");
    let [mut first, mut second, mut third] = [0; 3].map(|_| Box::pin(pool.get()));
    backend.creates(Plan::After(Duration::from_millis(50)));
    assert!(poll_once(first.as_mut()).is_pending());
    backend.creates(Plan::PanicAtGate);
    assert!(poll_once(second.as_mut()).is_pending() && poll_once(third.as_mut()).is_pending());
    backend.open(1);
    let_others_run().await;
    assert!(poll_once(first.as_mut()).is_pending());
    assert_unwinds(second.as_mut());
    // Its room is the third's, whose create serves the oldest.
    backend.creates(Plan::Succeed);
    assert!(poll_once(third.as_mut()).is_pending());
    let held = first.await.expect("served");
    assert_eq!(held.number(), 3);
    let other = third.await.expect("served");
    assert_eq!(other.number(), 1);
    // Whoever asked has been served otherwise: the panic is for nobody.
    pool.resize(3);
    backend.creates(Plan::PanicAtGate);
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    drop(held);
    backend.open(1);
    let_others_run().await;
    let item = get.await.expect("handed over");
    assert_eq!((item.number(), pool.status().creating), (3, 0));
    drop((item, other));
    backend.creates(Plan::Succeed);
    backend.assert_whole(&pool).await;
}

#[tokio::test]
async fn a_panic_in_is_reusable_costs_the_resource() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let item = pool.get().await.expect("made");
    backend.returns(Plan::Panic);
    drop(item);
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
    backend.returns(Plan::Succeed);
    backend.assert_whole(&pool).await;
}

#[tokio::test]
async fn a_panic_in_a_resources_drop_is_contained_wherever_the_pool_drops_it() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(4).build().expect("settings agree");
    let items = [pool.get().await, pool.get().await, pool.get().await, pool.get().await]
        .map(|item| item.expect("made"));
    backend.drops(Plan::Panic);
    let [one, two, three, four] = items;
    Item::discard(one);
    drop(two);
    pool.resize(2); // nothing surplus: three are left, one idle
    drop(three);
    pool.resize(0);
    drop(four);
    pool.settled().await;
    assert_eq!((pool.status().size, backend.alive()), (0, 0));
    backend.drops(Plan::Succeed);
    pool.resize(4);
    backend.assert_whole(&pool).await;
    backend.drops(Plan::Panic);
    pool.close().await;
    assert_eq!(backend.alive(), 0);
}

#[tokio::test]
async fn a_holder_that_panics_takes_its_resource_with_it() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let item = pool.get().await.expect("made");
    // The resource's own drop panics on top: without containment, the process would abort.
    backend.drops(Plan::Panic);
    let unwound = catch_unwind(AssertUnwindSafe(move || {
        let _held = item;
        panic!("the holder fails");
    }));
    assert!(unwound.is_err());
    assert_eq!((pool.status().size, backend.alive()), (0, 0), "it is not lent on as healthy");
    backend.drops(Plan::Succeed);
    backend.assert_whole(&pool).await;
}

/// A waker that panics when it wakes.
struct Bomb;

impl Wake for Bomb {
    fn wake(self: Arc<Self>) {
        panic!("the waker fails");
    }
}

#[tokio::test]
async fn a_panic_in_a_waker_is_contained() {
    let backend = Backend::on_tokio();
    let pool = backend.pool().max_size(1).build().expect("settings agree");
    let held = pool.get().await.expect("made");
    let bomb = Waker::from(Arc::new(Bomb));
    let mut get = Box::pin(pool.get());
    assert!(get.as_mut().poll(&mut Context::from_waker(&bomb)).is_pending());
    drop(held);
    drop(get);
    backend.assert_whole(&pool).await;
    let held = pool.get().await.expect("made");
    let mut settled = Box::pin(pool.settled());
    let mut get = Box::pin(pool.get());
    pool.resize(0);
    assert!(settled.as_mut().poll(&mut Context::from_waker(&bomb)).is_pending());
    assert!(get.as_mut().poll(&mut Context::from_waker(&bomb)).is_pending());
    drop(held);
    assert!(poll_fn(|cx| settled.as_mut().poll(cx).map(|()| true)).await);
    drop(get);
    pool.resize(1);
    backend.assert_whole(&pool).await;
}
