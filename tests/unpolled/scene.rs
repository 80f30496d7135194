//! What a case is played on: a backend whose time is tokio's, on either of its schedulers.

use std::future::poll_fn;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use pool_core::testing::{Backend, LIMIT, Plan, Probe, Refusal, run};
use pool_tests::OnTokio;
use pool_tokio::{Builder, GetError, Item, Pool, Tokio};
use tokio::runtime;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, sleep, timeout};

/// The pool's default `patience`, in milliseconds: what is not fetched goes on after one to two.
pub(crate) const PATIENCE: u64 = 10;

/// A time that is over in no case.
pub(crate) const NEVER: Duration = Duration::from_secs(3600);

/// What a machine under load may add to a time.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// What a get ends with.
pub(crate) type Gotten = Result<Item<Probe>, GetError<Refusal>>;

/// A get that borrows nothing, and is kept.
pub(crate) type Kept = Pin<Box<dyn Future<Output = Gotten> + Send>>;

/// So many milliseconds.
pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A runtime of several threads.
pub(crate) fn multi() -> runtime::Runtime {
    runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Waits by the real clock, on a plain thread.
pub(crate) fn wait_until(is_so: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < GRACE, "it never came to be");
        thread::sleep(ms(1));
    }
}

pub(crate) struct Scene {
    pub(crate) backend: Backend,
    is_paused: bool,
}

impl Scene {
    fn new(is_paused: bool) -> Self {
        Self { backend: Backend::on_tokio(), is_paused }
    }

    /// Another backend on the same scheduler.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.is_paused)
    }

    /// A pool of so many, with the defaults for all else.
    pub(crate) fn with_defaults(&self, max_size: usize) -> Builder<Probe, Tokio> {
        self.backend.pool().max_size(max_size)
    }

    /// A pool of so many, whose gets have no deadline.
    pub(crate) fn builder(&self, max_size: usize) -> Builder<Probe, Tokio> {
        self.with_defaults(max_size).get_timeout(None)
    }

    pub(crate) fn pool(&self, max_size: usize) -> Pool<Probe> {
        self.builder(max_size).build().expect("settings agree")
    }

    /// Checks that something ends within so many milliseconds; by a clock that is not paused, a busy
    /// machine may add to it.
    pub(crate) async fn within<T>(
        &self,
        millis: RangeInclusive<u64>,
        work: impl Future<Output = T>,
    ) -> T {
        let (least, most) = (ms(*millis.start()), ms(*millis.end()));
        let begun = Instant::now();
        let ended = timeout(most + 2 * GRACE, work).await;
        let took = begun.elapsed();
        let Ok(output) = ended else { panic!("it has not ended after {took:?}") };
        // A timer has a resolution of a millisecond.
        let most = if self.is_paused { most + ms(2) } else { most + 2 * GRACE };
        assert!(took + ms(2) >= least, "it took only {took:?}, not {least:?}");
        assert!(took <= most, "it took {took:?}, not {most:?}");
        output
    }

    /// Waits until something is so.
    pub(crate) async fn until(&self, is_so: impl Fn() -> bool) {
        for _ in 0..200 {
            if is_so() {
                return;
            }
            yield_now().await;
        }
        while !is_so() {
            sleep(ms(1)).await;
        }
    }

    /// Lets every task that is ready run until none is.
    pub(crate) async fn settle(&self) {
        if self.is_paused {
            pool_tests::let_others_run().await;
        } else {
            sleep(ms(5)).await;
        }
    }

    /// Checks that the pool lends all it may, whatever is kept, and takes it back.
    pub(crate) async fn lends_all(&self, pool: &Pool<Probe>) {
        self.backend.creates(Plan::Succeed).checks(Plan::Succeed);
        let mut items = Vec::new();
        for _ in 0..pool.status().max_size {
            items.push(self.within(0..=100, pool.get()).await.expect("served"));
        }
        assert_eq!(self.backend.alive(), items.len(), "{}", pool.status());
    }

    /// Checks that nothing is lost, when nothing is kept any more.
    pub(crate) async fn whole(&self, pool: &Pool<Probe>) {
        self.backend.creates(Plan::Succeed).checks(Plan::Succeed);
        self.until(|| pool.status().creating == 0).await;
        self.backend.assert_whole(pool).await;
        let (counters, status) = (pool.counters(), pool.status());
        let ended = counters.served + counters.timed_out + counters.cancelled + counters.failed;
        assert_eq!((counters.started, counters.waiting), (ended, 0), "{counters:?}");
        let left = counters.ended + counters.detached + (status.size - status.creating) as u64;
        assert_eq!(counters.created + counters.inserted, left, "{counters:?}, {status}");
    }
}

/// Polls a future once, as this task, and keeps it.
///
/// # Panics
///
/// If it ends at once.
pub(crate) async fn keep<F: Future>(future: F) -> Pin<Box<F>> {
    let mut future = Box::pin(future);
    assert!(poll_as_this_task(future.as_mut()).await.is_pending(), "there is nothing to keep");
    future
}

/// Keeps a get with this limit of its own, or with the pool's.
pub(crate) async fn keep_one(pool: &Pool<Probe>, limit: Option<Duration>) -> Kept {
    let pool = pool.clone();
    let mut get: Kept = Box::pin(async move {
        match limit {
            Some(limit) => pool.get_timeout(limit).await,
            None => pool.get().await,
        }
    });
    assert!(poll_as_this_task(get.as_mut()).await.is_pending(), "there is nothing to keep");
    get
}

/// Polls a future once, with the waker of this task.
pub(crate) async fn poll_as_this_task<F: Future + ?Sized>(
    mut future: Pin<&mut F>,
) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// A task that gets.
pub(crate) fn getter(pool: &Pool<Probe>) -> JoinHandle<Gotten> {
    tokio::spawn(pool.get_owned())
}

/// Plays a case on one thread, with the clock paused.
pub(crate) fn on_one_thread<F: Future<Output = ()> + Send + 'static>(
    case: impl FnOnce(Scene) -> F + Send + 'static,
) {
    let mut builder = runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build().expect("a runtime");
    play(runtime, true, case);
}

/// Plays a case on several threads.
pub(crate) fn on_threads<F: Future<Output = ()> + Send + 'static>(
    case: impl FnOnce(Scene) -> F + Send + 'static,
) {
    let mut builder = runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().expect("a runtime");
    play(runtime, false, case);
}

fn play<F: Future<Output = ()> + Send + 'static>(
    runtime: runtime::Runtime,
    is_paused: bool,
    case: impl FnOnce(Scene) -> F + Send + 'static,
) {
    let block_on = move |task| {
        runtime.block_on(runtime.spawn(task)).expect("a case's panic is caught in it");
    };
    run(LIMIT, Tokio::default, block_on, move |_| case(Scene::new(is_paused)));
}

/// Makes two tests of each case, one on each of tokio's schedulers.
macro_rules! on_both_schedulers {
    ($($case:ident)*) => {
        mod on_one_thread {
            $(#[test]
            fn $case() {
                crate::scene::on_one_thread(super::$case);
            })*
        }

        mod on_threads {
            $(#[test]
            fn $case() {
                crate::scene::on_threads(super::$case);
            })*
        }
    };
}
pub(crate) use on_both_schedulers;
