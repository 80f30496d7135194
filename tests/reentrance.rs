//! Laws L1 and L3: user code may call the pool that calls it; nothing of it runs under the lock.

use std::convert::Infallible;
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use pool_tokio::{Item, Pool, Pooled, Usage};

/// The pool a resource belongs to, once it exists.
type Home = Arc<OnceLock<Pool<Nosy>>>;

/// A resource that asks its own pool about everything, everywhere.
struct Nosy(Home);

/// Everything that takes the lock.
fn pry(home: &Home) {
    if let Some(pool) = home.get() {
        pool.resize(pool.status().max_size);
        drop(pool.try_get());
        assert!(pool.free() + pool.waiting() < 100);
        drop(pool.settled());
        drop(format!("{pool:?}"));
    }
}

impl Pooled for Nosy {
    type Resource = Self;
    type Config = Home;
    type Error = Infallible;

    async fn create(home: &Home) -> Result<Self, Infallible> {
        pry(home);
        if let Some(pool) = home.get() {
            // A get inside a create: with room left, it may even be served.
            drop(pool.get_timeout(Duration::ZERO).await);
        }
        Ok(Self(home.clone()))
    }

    async fn recycle(nosy: &mut Self, home: &Home, _: &Usage<'_>) -> Result<(), Infallible> {
        pry(home);
        pry(&nosy.0);
        Ok(())
    }

    fn is_reusable(nosy: &mut Self) -> bool {
        pry(&nosy.0);
        true
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        pry(&self.0);
    }
}

impl Wake for Nosy {
    fn wake(self: Arc<Self>) {
        pry(&self.0);
    }
}

/// Fails if `work` hangs: a deadlock would otherwise hang the whole test run.
fn does_not_hang(work: impl FnOnce() + Send + 'static) {
    let (done, finished) = channel();
    let worker = thread::spawn(move || {
        work();
        done.send(()).expect("somebody waits for it");
    });
    let answer = finished.recv_timeout(Duration::from_secs(20));
    assert!(answer.is_ok() || worker.is_finished(), "deadlock");
    worker.join().expect("no panic");
}

fn nosy_pool(max_size: usize) -> Pool<Nosy> {
    let home = Home::default();
    let pool = Pool::<Nosy>::builder(home.clone()).max_size(max_size).build().expect("they agree");
    assert!(home.set(pool.clone()).is_ok());
    pool
}

#[test]
fn create_recycle_is_reusable_and_drop_may_call_their_pool() {
    does_not_hang(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(async {
            let pool = nosy_pool(3);
            let items = [pool.get().await, pool.get().await, pool.get().await];
            let [one, two, three] = items.map(|item| item.expect("made"));
            drop(one);
            drop(pool.get().await.expect("checked"));
            Item::discard(two);
            drop(Item::detach(three));
            drop(pool.insert(Nosy(Home::default())));
            pool.resize(0);
            pool.settled().await;
            pool.resize(3);
            drop(pool.get().await.expect("made"));
            pool.close().await;
        });
    });
}

#[test]
fn wakers_may_call_the_pool_when_woken_cloned_and_dropped() {
    does_not_hang(|| {
        let pool = nosy_pool(1);
        let home = Home::default();
        assert!(home.set(pool.clone()).is_ok());
        let waker = |home: &Home| Waker::from(Arc::new(Nosy(home.clone())));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        drop(runtime.block_on(pool.get()).expect("made"));
        let _guard = runtime.enter();
        let mut get = Box::pin(pool.get_timeout(Duration::MAX));
        let held = pool.try_get().expect("a first get made it idle");
        // Each poll with another waker: the old one is dropped outside the lock.
        for _ in 0..3 {
            let waits = get.as_mut().poll(&mut Context::from_waker(&waker(&home))).is_pending();
            assert!(waits);
        }
        drop(held);
        drop(get);
        drop(pool.close());
    });
}
