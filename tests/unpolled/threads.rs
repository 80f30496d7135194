//! Plain threads and blocking threads: what they leave pending goes on in the pool's home, and what
//! parks them takes no wake-up of the pool's.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use parking_lot::Mutex;
use pool_core::testing::{Backend, CleanupProbe, Plan, Probe};
use pool_tests::{OnTokio, poll_once};
use pool_tokio::{BlockingError, GetError, unblock};
use pool_tokio::{Builder, Event, Item, Observer, Operation, Pool, Pooled, Span, Tokio, Usage};
use tokio::runtime::{self, Runtime};
use tokio::task::spawn_blocking;

use crate::scene::{GRACE, ms, multi, wait_until};

/// A pool of one that is at home in a runtime.
fn at_home<P: Pooled>(home: &Runtime, builder: impl FnOnce() -> Builder<P, Tokio>) -> Pool<P> {
    home.block_on(async { builder().max_size(1).build().expect("settings agree") })
}

/// A create, a check and a reset that are pending on a plain thread are no loss.
#[test]
fn ten_gets_on_a_plain_thread_are_one_connect() {
    for plan in [Plan::Yield, Plan::After(ms(1))] {
        let (home, backend) = (multi(), Backend::on_tokio());
        let pool = at_home(&home, || Pool::<CleanupProbe>::builder(backend.clone()));
        backend.creates(plan).checks(plan).resets(plan).closes(plan);
        for _ in 0..10 {
            assert_eq!(pool.get_blocking().expect("served").number(), 1);
        }
        assert_eq!((backend.created(), backend.checked()), (1, 9));
        let counters = pool.counters();
        assert_eq!((counters.served, counters.ended), (10, 0));
    }
}

#[test]
fn a_try_get_on_a_plain_thread_leaves_its_check_to_the_home() {
    let (home, backend) = (multi(), Backend::on_tokio());
    let pool = at_home(&home, || backend.pool());
    drop(pool.get_blocking().expect("made"));
    for plan in [Plan::Yield, Plan::After(ms(1))] {
        backend.checks(plan);
        assert!(pool.try_get().is_err());
        wait_until(|| pool.status().idle == 1);
    }
    assert_eq!(backend.created(), 1);
}

/// Counts the goodbyes that were said to their end.
struct Polite;

struct Resource(Arc<AtomicUsize>);

impl Pooled for Polite {
    type Resource = Resource;
    type Config = Arc<AtomicUsize>;
    type Error = Infallible;

    async fn create(said: &Arc<AtomicUsize>) -> Result<Resource, Infallible> {
        Ok(Resource(Arc::clone(said)))
    }

    async fn close(resource: Resource) {
        tokio::time::sleep(ms(5)).await;
        resource.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn goodbyes_that_begin_on_a_plain_thread_are_said() {
    let (home, said) = (multi(), Arc::new(AtomicUsize::new(0)));
    let pool = at_home(&home, || Pool::<Polite>::builder(Arc::clone(&said)));
    for _ in 0..3 {
        Item::discard(pool.get_blocking().expect("made"));
    }
    drop(pool.get_blocking().expect("made"));
    pool.invalidate_all();
    drop(pool.get_blocking().expect("made"));
    drop(pool);
    wait_until(|| said.load(SeqCst) == 5);
}

/// Each caller's thread is blocked, and the create needs none of the others.
#[test]
fn creates_that_block_are_served_where_all_blocking_threads_get() {
    for mut builder in
        [runtime::Builder::new_current_thread(), runtime::Builder::new_multi_thread()]
    {
        let runtime = builder.max_blocking_threads(2).enable_all().build().expect("a runtime");
        let backend = Backend::on_tokio();
        let begun = Instant::now();
        runtime.block_on(async {
            let builder = Pool::<Blocking>::builder(backend.clone()).max_size(2);
            let pool = builder.build().expect("settings agree");
            let callers = (0..8).map(|_| {
                let pool = pool.clone();
                spawn_blocking(move || pool.get_blocking().map(drop))
            });
            for caller in callers.collect::<Vec<_>>() {
                caller.await.expect("no panic").expect("served");
            }
            assert!(backend.created() <= 2);
            // And in a task, where it is done on one of those threads.
            drop([pool.get().await.expect("idle"), pool.get().await.expect("idle")]);
        });
        assert!(begun.elapsed() < GRACE, "it took {:?}", begun.elapsed());
    }
}

/// A driver that blocks, in its create and in its check.
struct Blocking;

impl Pooled for Blocking {
    type Resource = Probe;
    type Config = Backend;
    type Error = Infallible;

    async fn create(backend: &Backend) -> Result<Probe, Infallible> {
        let backend = backend.clone();
        Ok(unblock(move || {
            thread::sleep(ms(10));
            Probe::new(&backend)
        })
        .await)
    }

    async fn recycle(_: &mut Probe, _: &Backend, _: &Usage<'_>) -> Result<(), Infallible> {
        unblock(|| thread::sleep(ms(1))).await;
        Ok(())
    }
}

#[test]
fn unblock_runs_in_place_where_the_thread_may_be_blocked() {
    let here = thread::current().id();
    assert_eq!(pollster::block_on(unblock(|| thread::current().id())), here);
    let home = multi();
    let is_there = home.block_on(home.spawn(async {
        let here = thread::current().id();
        unblock(move || thread::current().id() == here).await
    }));
    assert!(!is_there.expect("no panic"), "it blocked a task");
    let is_there = home.block_on(async {
        let blocking = spawn_blocking(|| {
            let here = thread::current().id();
            pollster::block_on(unblock(move || thread::current().id() == here))
        });
        blocking.await.expect("no panic")
    });
    assert!(is_there, "it took a second of the blocking threads");
}

#[test]
fn unblock_passes_a_panic_on() {
    let home = multi();
    let task = home.spawn(async { unblock(|| panic!("as planned")).await });
    let payload = home.block_on(task).expect_err("it panics").into_panic();
    assert_eq!(payload.downcast_ref(), Some(&"as planned"));
}

/// What user code does on the thread of a `get_blocking`, and waits for there.
type Parks = Arc<dyn Fn() + Send + Sync>;

/// Its create parks the thread that polls it.
struct Parked;

impl Pooled for Parked {
    type Resource = Probe;
    type Config = (Backend, Parks);
    type Error = Infallible;

    async fn create((backend, parks): &(Backend, Parks)) -> Result<Probe, Infallible> {
        parks();
        std::future::pending::<()>().await;
        Ok(Probe::new(backend))
    }

    async fn recycle(
        _: &mut Probe,
        (_, parks): &(Backend, Parks),
        _: &Usage<'_>,
    ) -> Result<(), Infallible> {
        parks();
        Ok(())
    }
}

/// While the thread is parked in its first poll, another returns what it waits for.
fn assert_served_while_parked(parks: impl Fn(&Mutex<Receiver<()>>) + Send + Sync + 'static) {
    let (home, backend) = (multi(), Backend::on_tokio());
    let (sender, receiver) = channel();
    let (begins, has_begun) = channel();
    let (receiver, begins) = (Mutex::new(receiver), Mutex::new(begins));
    let parks: Parks = Arc::new(move || {
        // Nobody waits for later calls.
        begins.lock().send(()).ok();
        parks(&receiver);
    });
    let pool = home.block_on(async {
        let builder = Pool::<Parked>::builder((backend.clone(), parks)).max_size(2);
        builder.build().expect("settings agree")
    });
    pool.insert(Probe::new(&backend)).expect("there is room");
    sender.send(()).expect("for its check");
    let held = pool.get_blocking().expect("idle");
    has_begun.recv().expect("the check");
    let there = pool.clone();
    let get = thread::spawn(move || {
        let begun = Instant::now();
        there.get_blocking().map(drop).map(|()| begun.elapsed())
    });
    has_begun.recv().expect("the create");
    drop(held);
    for _ in 0..2 {
        sender.send(()).expect("for the create, and for the check of what was returned");
    }
    let took = get.join().expect("no panic").expect("served");
    assert!(took < GRACE, "it slept through its wake-up: {took:?}");
    drop(pool.close());
}

#[test]
fn a_thread_whose_create_waits_at_a_channel_is_served() {
    assert_served_while_parked(|receiver| receiver.lock().recv().expect("sent"));
}

#[test]
fn a_thread_whose_create_waits_for_scoped_threads_is_served() {
    assert_served_while_parked(|receiver| {
        thread::scope(|scope| {
            scope.spawn(|| receiver.lock().recv().expect("sent"));
        });
    });
}

#[test]
fn a_thread_whose_create_parks_it_is_served() {
    assert_served_while_parked(|receiver| {
        while receiver.lock().try_recv().is_err() {
            thread::park_timeout(ms(1));
        }
    });
}

/// An observer whose span waits at a channel, behind the next poll of a get.
#[derive(Clone)]
struct Waits {
    receiver: Arc<Mutex<Option<Receiver<()>>>>,
    has_come: Arc<AtomicBool>,
}

impl Observer for Waits {
    fn observe(&self, _: &Event) {}

    fn begin(&self, operation: Operation) -> Option<Box<dyn Span>> {
        (operation == Operation::Get).then(|| Box::new(self.clone()) as Box<dyn Span>)
    }
}

impl Span for Waits {
    fn enter(&self, work: &mut dyn FnMut()) {
        work();
        if let Some(receiver) = self.receiver.lock().take() {
            self.has_come.store(true, SeqCst);
            // So long that the get is woken meanwhile, whoever is faster.
            let ended = receiver.recv_timeout(ms(30));
            assert!(ended.is_err(), "nothing is sent");
        }
    }

    fn end(&self, _: &Event) {}
}

/// The get has looked, and is woken while that code has the thread.
#[test]
fn a_thread_that_is_parked_behind_a_poll_is_served() {
    let (home, backend) = (multi(), Backend::on_tokio());
    let (sender, receiver) = channel();
    let observer = Waits { receiver: Arc::default(), has_come: Arc::default() };
    let pool = at_home(&home, || backend.pool().observer(observer.clone()));
    let held = pool.get_blocking().expect("made");
    *observer.receiver.lock() = Some(receiver);
    let there = pool.clone();
    let get = thread::spawn(move || {
        let begun = Instant::now();
        there.get_blocking().map(drop).map(|()| begun.elapsed())
    });
    wait_until(|| observer.has_come.load(SeqCst));
    drop(held);
    let took = get.join().expect("no panic").expect("served");
    assert!(took < GRACE, "it slept through its wake-up: {took:?}");
    drop(sender);
}

/// The thread's own token is the program's: it is there before, and after.
#[test]
fn a_get_on_a_plain_thread_leaves_the_threads_token_alone() {
    let (home, backend) = (multi(), Backend::on_tokio());
    let pool = at_home(&home, || backend.pool());
    let held = pool.get_blocking().expect("made");
    let there = pool.clone();
    let get = thread::spawn(move || {
        thread::current().unpark();
        drop(there.get_blocking().expect("served"));
        let begun = Instant::now();
        thread::park_timeout(2 * GRACE);
        begun.elapsed()
    });
    wait_until(|| pool.waiting() == 1);
    drop(held);
    assert!(get.join().expect("no panic") < GRACE, "its token was taken");
}

/// Kept gets are in front of them.
#[test]
fn threads_are_served_behind_kept_gets() {
    let (home, backend) = (multi(), Backend::on_tokio());
    let pool = at_home(&home, || backend.pool());
    let held = pool.get_blocking().expect("made");
    let mut kept: Vec<_> = (0..3).map(|_| Box::pin(pool.get())).collect();
    home.block_on(async {
        assert!(kept.iter_mut().all(|get| poll_once(get.as_mut()).is_pending()));
    });
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let pool = pool.clone();
            thread::spawn(move || pool.get_blocking().map(drop))
        })
        .collect();
    wait_until(|| pool.waiting() == 7);
    let begun = Instant::now();
    drop(held);
    for thread in threads {
        thread.join().expect("no panic").expect("served");
    }
    assert!(begun.elapsed() < GRACE);
    drop(kept);
    home.block_on(backend.assert_whole(&pool));
}

#[test]
fn threads_that_wait_are_told_when_the_pool_is_closed_beside_kept_gets() {
    let (home, backend) = (multi(), Backend::on_tokio());
    let pool = at_home(&home, || backend.pool());
    backend.creates(Plan::Hang);
    let mut kept = Box::pin(pool.get());
    home.block_on(async { assert!(poll_once(kept.as_mut()).is_pending()) });
    let there = pool.clone();
    let get = thread::spawn(move || there.get_blocking().map(drop));
    wait_until(|| pool.waiting() == 2);
    let begun = Instant::now();
    home.block_on(pool.close());
    let told = get.join().expect("no panic");
    assert!(matches!(told, Err(BlockingError::Get(GetError::Closed))), "{told:?}");
    assert!(begun.elapsed() < GRACE);
    assert_eq!(backend.alive(), 0);
}
