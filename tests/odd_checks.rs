//! A get that the resource's own code ends in an odd way is counted once, as what it was.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::Poll;
use std::time::Duration;

use pool_tests::poll_once;
use pool_tokio::{Counters, GetError, Immediate, Pool, Pooled, Usage};

/// Whether the resources go wrong.
type Wrong = Arc<AtomicBool>;

fn one<P: Pooled<Config = Wrong>>(wrong: &Wrong) -> Pool<P> {
    Pool::<P>::builder(wrong.clone()).max_size(1).build().expect("settings agree")
}

/// Checks that nothing but this has changed since `before`.
fn assert_moved<P: Pooled>(pool: &Pool<P>, before: Counters, change: impl FnOnce(&mut Counters)) {
    let mut expected = before;
    change(&mut expected);
    assert_eq!(pool.counters(), expected);
    assert_eq!(pool.waiting() as u64, expected.waiting);
}

/// Its check is a plain function, which may panic before there is a future.
struct Abrupt;

impl Pooled for Abrupt {
    type Resource = Self;
    type Config = Wrong;
    type Error = &'static str;

    async fn create(_: &Wrong) -> Result<Self, &'static str> {
        Ok(Self)
    }

    fn recycle(
        _: &mut Self,
        wrong: &Wrong,
        _: &Usage<'_>,
    ) -> impl Future<Output = Result<(), &'static str>> + Send {
        assert!(!wrong.load(SeqCst), "as planned");
        Immediate::<Result<(), &'static str>>::new()
    }
}

#[tokio::test(start_paused = true)]
async fn a_get_at_once_whose_check_on_the_spot_panics_counts_as_failed() {
    let wrong = Wrong::default();
    let pool = one::<Abrupt>(&wrong);
    drop(pool.get().await.expect("made"));
    let before = pool.counters();
    wrong.store(true, SeqCst);
    let mut get = Box::pin(pool.get());
    assert!(catch_unwind(AssertUnwindSafe(|| poll_once(get.as_mut()).is_ready())).is_err());
    drop(get);
    assert_moved(&pool, before, |counters| {
        counters.started += 1;
        counters.failed += 1;
        counters.ended += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn a_waiting_get_whose_check_on_the_spot_panics_counts_as_failed() {
    let wrong = Wrong::default();
    let pool = one::<Abrupt>(&wrong);
    let held = pool.get().await.expect("made");
    let before = pool.counters();
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    drop(held);
    wrong.store(true, SeqCst);
    assert!(catch_unwind(AssertUnwindSafe(|| poll_once(get.as_mut()).is_ready())).is_err());
    drop(get);
    assert_moved(&pool, before, |counters| {
        counters.started += 1;
        counters.failed += 1;
        counters.ended += 1;
    });
}

/// Its check is a zero-sized future that says no.
struct Fickle;

static FICKLE: AtomicBool = AtomicBool::new(false);

impl Pooled for Fickle {
    type Resource = Self;
    type Config = Wrong;
    type Error = &'static str;

    async fn create(wrong: &Wrong) -> Result<Self, &'static str> {
        if wrong.load(SeqCst) { std::future::pending().await } else { Ok(Self) }
    }

    fn recycle(
        _: &mut Self,
        _: &Wrong,
        _: &Usage<'_>,
    ) -> impl Future<Output = Result<(), &'static str>> + Send {
        std::future::poll_fn(|_| {
            Poll::Ready(if FICKLE.load(SeqCst) { Err("unfit") } else { Ok(()) })
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_get_whose_check_on_the_spot_fails_is_not_served() {
    for has_to_wait in [false, true] {
        FICKLE.store(false, SeqCst);
        let wrong = Wrong::default();
        let pool = one::<Fickle>(&wrong);
        let held = pool.get().await.expect("made");
        let before = pool.counters();
        let mut get = Box::pin(pool.get());
        if has_to_wait {
            assert!(poll_once(get.as_mut()).is_pending());
        }
        drop(held);
        FICKLE.store(true, SeqCst);
        wrong.store(true, SeqCst);
        assert!(poll_once(get.as_mut()).is_pending(), "it creates");
        assert_moved(&pool, before, |counters| {
            counters.started += 1;
            counters.waiting += 1;
            counters.ended += 1;
        });
        drop(get);
        assert_eq!(pool.counters().cancelled, before.cancelled + 1);
    }
}

/// Its check never ends, and panics when it is dropped.
struct Clingy;

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "as planned");
    }
}

impl Pooled for Clingy {
    type Resource = Self;
    type Config = Wrong;
    type Error = &'static str;

    async fn create(_: &Wrong) -> Result<Self, &'static str> {
        Ok(Self)
    }

    async fn recycle(_: &mut Self, _: &Wrong, _: &Usage<'_>) -> Result<(), &'static str> {
        let _bomb = Bomb;
        std::future::pending().await
    }
}

/// A pool whose only resource clings to whoever checks it, and what it has counted.
async fn clung_to() -> (Pool<Clingy>, Counters) {
    let pool = one::<Clingy>(&Wrong::default());
    drop(pool.get().await.expect("made"));
    let before = pool.counters();
    (pool, before)
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_get_counts_as_cancelled_although_its_check_panics_on_drop() {
    let (pool, before) = clung_to().await;
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    drop(get);
    let cancelled = |counters: &mut Counters| {
        counters.started += 1;
        counters.cancelled += 1;
    };
    assert_moved(&pool, before, cancelled);
    // The check goes on until its own time is over, and costs the resource and nothing else.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_moved(&pool, before, |counters| {
        cancelled(counters);
        counters.ended += 1;
    });
    assert_eq!(pool.status().size, 0);
    drop(pool.get().await.expect("made anew"));
}

#[tokio::test(start_paused = true)]
async fn a_get_that_timed_out_counts_so_although_its_check_panics_on_drop() {
    let (pool, before) = clung_to().await;
    let told = pool.get_timeout(Duration::from_millis(5)).await.map(drop);
    assert!(told.is_err_and(|error| error.is_timeout()));
    let timed_out = |counters: &mut Counters| {
        counters.started += 1;
        counters.timed_out += 1;
    };
    assert_moved(&pool, before, timed_out);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_moved(&pool, before, |counters| {
        timed_out(counters);
        counters.ended += 1;
    });
}

#[tokio::test(start_paused = true)]
async fn a_get_that_is_told_closed_counts_so_although_its_check_panics_on_drop() {
    let (pool, before) = clung_to().await;
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    let closing = pool.close();
    assert!(matches!(get.await, Err(GetError::Closed)));
    // Nobody can use what the check would let pass, so it is dropped, and panics then.
    closing.await;
    assert_moved(&pool, before, |counters| {
        counters.started += 1;
        counters.failed += 1;
        counters.ended += 1;
    });
}
