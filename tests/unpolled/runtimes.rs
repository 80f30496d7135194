//! Runtimes that end, rest, or are not there (law G3), by the real clock.

use std::future::pending;
use std::net::UdpSocket;
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use pool_core::testing::{Backend, CleanupProbe, Plan, Probe};
use pool_tests::{OnTokio, poll_once};
use pool_tokio::{BlockingError, GetError, Pool, Pooled};
use tokio::runtime::{Builder, Runtime};

use crate::scene::{GRACE, Kept, NEVER, ms, multi, wait_until};

fn single() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

const BOTH: [fn() -> Runtime; 2] = [single, multi];

/// What a pool of so many, built and filled in a runtime, holds when that has ended.
fn filled_in_a_runtime_that_has_ended(
    backend: &Backend,
    runtime: Runtime,
    settings: impl FnOnce(
        pool_tokio::Builder<Probe, pool_tokio::Tokio>,
    ) -> pool_tokio::Builder<Probe, pool_tokio::Tokio>,
) -> Pool<Probe> {
    let pool = runtime.block_on(async {
        let pool = settings(backend.pool()).max_size(2).build().expect("settings agree");
        let items = [pool.get().await.expect("made"), pool.get().await.expect("made")];
        drop(items);
        pool
    });
    drop(runtime);
    assert_eq!((pool.status().idle, backend.alive()), (2, 2));
    pool
}

/// Polls a get once in a runtime, which drives nothing then, and keeps it.
fn keep_in(runtime: &Runtime, pool: &Pool<Probe>) -> Kept {
    let _entered = runtime.enter();
    let mut get: Kept = Box::pin(pool.get_owned());
    assert!(poll_once(get.as_mut()).is_pending(), "there is nothing to keep");
    get
}

/// What has lived for too long is not lent, by the hit path neither.
#[test]
fn lifetimes_hold_in_the_next_runtime() {
    for home in BOTH {
        for other in BOTH {
            let backend = Backend::on_tokio();
            let pool = filled_in_a_runtime_that_has_ended(&backend, home(), |pool| {
                pool.max_lifetime(ms(50)).lifetime_jitter(0.0)
            });
            thread::sleep(ms(60));
            let item = other().block_on(pool.get()).expect("served");
            assert_eq!((item.number(), backend.alive()), (3, 1));
        }
    }
}

#[test]
fn lifetimes_hold_for_a_try_get_and_for_a_plain_thread() {
    let backend = Backend::on_tokio();
    let pool = filled_in_a_runtime_that_has_ended(&backend, single(), |pool| {
        pool.max_lifetime(ms(50)).lifetime_jitter(0.0)
    });
    thread::sleep(ms(60));
    assert!(pool.try_get().is_err());
    assert_eq!(backend.alive(), 0);
    assert_eq!(pool.get_blocking().expect("served").number(), 3);
}

/// Nobody gets anything in the meantime: the next runtime keeps the time.
#[test]
fn the_idle_timeout_holds_in_the_next_runtime() {
    for home in BOTH {
        for other in BOTH {
            let backend = Backend::on_tokio();
            let timeout = ms(50);
            let pool = filled_in_a_runtime_that_has_ended(&backend, home(), |pool| {
                pool.idle_timeout(timeout)
            });
            let other = other();
            drop(other.block_on(pool.get()).expect("one that was idle, or another"));
            let begun = Instant::now();
            other.block_on(async {
                while backend.alive() > 0 {
                    assert!(begun.elapsed() < GRACE, "the time of {} is over", backend.alive());
                    tokio::time::sleep(ms(1)).await;
                }
            });
        }
    }
}

/// As often as runtimes come and go, with hits alone.
#[test]
fn lifetimes_hold_through_many_runtimes() {
    let backend = Backend::on_tokio();
    let pool = single().block_on(async {
        let builder = backend.pool().max_size(1).max_lifetime(ms(40)).lifetime_jitter(0.0);
        builder.build().expect("settings agree")
    });
    let begun = Instant::now();
    while backend.created() < 4 {
        drop(single().block_on(pool.get()).expect("served"));
        assert!(begun.elapsed() < GRACE, "what was made {:?} ago is lent", begun.elapsed());
    }
    assert!(begun.elapsed() > ms(100));
}

static POOL: OnceLock<(Backend, Pool<Probe>)> = OnceLock::new();

/// A static pool, as tests have it: creates are in flight when each runtime ends.
#[test]
fn a_static_pool_loses_no_get_from_runtime_to_runtime() {
    for turn in 0..24 {
        let runtime = BOTH[turn % 2]();
        let kept = runtime.block_on(async {
            let (backend, pool) = POOL.get_or_init(|| {
                let backend = Backend::on_tokio();
                // A deadline's timer would end with the runtime in which the get began.
                let builder = backend.pool().max_size(4).get_timeout(None);
                (backend, builder.build().expect("settings agree"))
            });
            backend.creates(Plan::After(ms(5)));
            let begun = Instant::now();
            let item = pool.get().await.expect("served");
            assert!(begun.elapsed() < GRACE);
            pool_tokio::Item::discard(item);
            // In their creates, and one of them left.
            let mut kept: Vec<_> = (0..3).map(|_| Box::pin(pool.get())).collect();
            assert!(kept.iter_mut().all(|get| poll_once(get.as_mut()).is_pending()));
            drop(kept.pop());
            kept
        });
        match turn % 3 {
            0 => drop(runtime),
            1 => runtime.shutdown_background(),
            _ => runtime.shutdown_timeout(ms(20)),
        }
        // Polled on in the next one, they are served, too.
        let next = BOTH[turn / 2 % 2]();
        for get in kept {
            let begun = Instant::now();
            drop(next.block_on(get).expect("served"));
            assert!(begun.elapsed() < GRACE);
        }
    }
    let (backend, pool) = POOL.get().expect("it is there");
    backend.creates(Plan::Succeed);
    single().block_on(backend.assert_whole(pool));
}

/// Its create had been left to a runtime that ends under it.
#[test]
fn a_get_is_served_whose_create_ended_with_another_runtime() {
    for home in BOTH {
        let backend = Backend::on_tokio();
        let home = home();
        let pool = home.block_on(async { backend.pool().max_size(1).build().expect("they agree") });
        backend.creates(Plan::After(ms(30)));
        let (there, begun) = (pool.clone(), Instant::now());
        let (polled, is_polled) = channel();
        let get = thread::spawn(move || {
            single().block_on(async {
                let mut get = Box::pin(there.get());
                assert!(poll_once(get.as_mut()).is_pending());
                polled.send(()).expect("it is waited for");
                get.await.expect("served").number()
            })
        });
        is_polled.recv().expect("polled");
        drop(home);
        assert_eq!(get.join().expect("no panic"), 2, "the second create");
        assert!(begun.elapsed() < GRACE);
    }
}

/// The pool's own runtime is well, and the create is its.
#[test]
fn a_create_begun_in_a_runtime_that_rests_keeps_its_timeout() {
    let home = multi();
    let backend = Backend::on_tokio();
    let pool = home.block_on(async {
        let builder = backend.pool().max_size(1).create_timeout(ms(50));
        builder.build().expect("settings agree")
    });
    backend.creates(Plan::Hang);
    let resting = single();
    let kept = keep_in(&resting, &pool);
    assert_eq!(pool.status().creating, 1);
    wait_until(|| pool.status().size == 0);
    backend.creates(Plan::Succeed);
    drop(home.block_on(pool.get()).expect("served"));
    drop(kept);
    home.block_on(backend.assert_whole(&pool));
    drop(resting);
}

#[test]
fn a_check_begun_in_a_runtime_that_rests_ends() {
    let home = multi();
    let backend = Backend::on_tokio();
    let pool = home.block_on(async { backend.pool().max_size(1).build().expect("they agree") });
    drop(home.block_on(pool.get()).expect("made"));
    backend.checks(Plan::After(ms(10)));
    let resting = single();
    let kept = keep_in(&resting, &pool);
    assert_eq!(home.block_on(pool.get()).expect("served").number(), 1);
    assert_eq!(backend.created(), 1);
    // And the first is served in the runtime that rested.
    assert_eq!(resting.block_on(kept).expect("served").number(), 1);
}

/// A socket: it belongs to the runtime in which it was made.
struct Socket;

impl Pooled for Socket {
    type Resource = tokio::net::UdpSocket;
    type Config = ();
    type Error = std::io::Error;

    async fn create((): &()) -> std::io::Result<tokio::net::UdpSocket> {
        tokio::net::UdpSocket::bind("127.0.0.1:0").await
    }
}

/// The first poll is made in the home of the pool: so the socket outlives the caller's runtime.
#[test]
fn a_socket_made_in_the_first_poll_belongs_to_the_pools_home() {
    let home = multi();
    let pool = home.block_on(async {
        Pool::<Socket>::builder(()).max_size(1).build().expect("settings agree")
    });
    let other = single();
    drop(other.block_on(pool.get()).expect("made there"));
    drop(other);
    let item = home.block_on(pool.get()).expect("idle");
    let address = item.local_addr().expect("bound");
    let sender = UdpSocket::bind("127.0.0.1:0").expect("bound");
    sender.send_to(b"hello", address).expect("sent");
    let mut bytes = [0; 5];
    let received =
        home.block_on(async { tokio::time::timeout(GRACE, item.recv_from(&mut bytes)).await });
    assert_eq!(received.expect("in time").expect("its reactor lives").0, 5);
}

/// Spawns when it is dropped, and needs a runtime for that.
struct Spawns(Backend);

impl Drop for Spawns {
    fn drop(&mut self) {
        let probe = Probe::new(&self.0);
        tokio::spawn(async move { drop(probe) });
    }
}

struct Spawning;

impl Pooled for Spawning {
    type Resource = Spawns;
    type Config = Backend;
    type Error = std::convert::Infallible;

    async fn create(backend: &Backend) -> Result<Spawns, Self::Error> {
        Ok(Spawns(backend.clone()))
    }
}

/// On any thread, as long as home lives.
#[test]
fn a_resource_that_spawns_when_it_is_dropped_finds_its_runtime() {
    let home = multi();
    let backend = Backend::on_tokio();
    let pool = home.block_on(async {
        let builder = Pool::<Spawning>::builder(backend.clone()).max_size(4);
        builder.build().expect("settings agree")
    });
    let items = [(); 4].map(|()| pool.get_blocking().expect("made"));
    let [one, two, three, four] = items;
    pool_tokio::Item::discard(one);
    drop(two);
    pool.invalidate_all();
    drop(three);
    drop(pool.close());
    drop(four);
    assert_eq!(backend.created(), 4, "each of them was dropped");
    wait_until(|| backend.alive() == 0);
}

/// Threads wait for what a task holds, and for creates in flight, when the runtime ends.
#[test]
fn gets_that_wait_are_served_or_told_when_their_runtime_ends() {
    for home in BOTH {
        let backend = Backend::on_tokio();
        let home = home();
        let (pool, held) = home.block_on(async {
            let builder = backend.pool().max_size(2).get_timeout(None).create_timeout(None);
            let pool = builder.build().expect("settings agree");
            let held = pool.get().await.expect("made");
            (pool, held)
        });
        backend.creates(Plan::Hang);
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let pool = pool.clone();
                thread::spawn(move || pool.get_blocking().map(drop))
            })
            .collect();
        wait_until(|| pool.waiting() == 4);
        let begun = Instant::now();
        drop(home);
        backend.creates(Plan::Succeed);
        drop(held);
        for thread in threads {
            let ended = thread.join().expect("no panic");
            let told = matches!(ended, Ok(()) | Err(BlockingError::Get(GetError::NoExecutor)));
            assert!(told, "{ended:?}");
        }
        assert!(begun.elapsed() < GRACE, "one waited for its deadline");
        single().block_on(backend.assert_whole(&pool));
    }
}

/// Kept gets in the next runtime: the sweeping that died with the first begins anew.
#[test]
fn what_is_not_fetched_goes_on_in_the_next_runtime() {
    for home in BOTH {
        let backend = Backend::on_tokio();
        let home = home();
        let (pool, mut kept) = home.block_on(async {
            let pool = backend.pool().max_size(1).build().expect("settings agree");
            let held = pool.get().await.expect("made");
            let mut kept = Box::pin(pool.get_owned());
            assert!(poll_once(kept.as_mut()).is_pending());
            drop(held);
            tokio::task::yield_now().await;
            (pool, kept)
        });
        drop(home);
        let next = single();
        let begun = Instant::now();
        drop(next.block_on(pool.get()).expect("served"));
        assert!(begun.elapsed() < GRACE);
        let served = next.block_on(async { poll_once(kept.as_mut()) });
        assert!(served.is_ready(), "it is first");
        drop((served, kept));
        next.block_on(backend.assert_whole(&pool));
    }
}

/// Nothing of the pool's holds a runtime up, or outlives it.
#[test]
fn a_runtime_ends_with_all_that_is_in_flight() {
    for home in BOTH {
        let backend = Backend::on_tokio();
        let home = home();
        let pool = home.block_on(async {
            let builder = Pool::<CleanupProbe>::builder(backend.clone()).max_size(3);
            let pool = builder.idle_timeout(NEVER).build().expect("settings agree");
            let items = [
                pool.get().await.expect("made"),
                pool.get().await.expect("made"),
                pool.get().await.expect("made"),
            ];
            let [one, two, three] = items;
            backend.resets(Plan::Hang).closes(Plan::Hang).checks(Plan::Hang).creates(Plan::Hang);
            drop(one);
            pool_tokio::Item::discard(two);
            pool_tokio::Item::detach(three);
            let mut get = Box::pin(pool.get_owned());
            assert!(poll_once(get.as_mut()).is_pending());
            tokio::task::yield_now().await;
            pool
        });
        let begun = Instant::now();
        drop(home);
        assert!(begun.elapsed() < GRACE);
        assert_eq!((pool.status().size, backend.alive()), (0, 0), "{}", pool.status());
    }
}

/// The sentinel by which the pool knows that its home lives ends with the pool.
#[test]
fn a_pool_used_elsewhere_leaves_no_task_behind() {
    let (home, backend) = (multi(), Backend::on_tokio());
    let pool = home.block_on(async {
        let builder = backend.pool().max_size(1).get_timeout(None).patience(None);
        builder.build().expect("settings agree")
    });
    backend.creates(Plan::After(ms(1)));
    drop(single().block_on(pool.get()).expect("made"));
    wait_until(|| home.metrics().num_alive_tasks() == 1);
    drop(pool);
    wait_until(|| home.metrics().num_alive_tasks() == 0);
}

/// Home lives and does not run what it is given: a task in it has the only thread.
#[test]
fn a_get_waits_no_longer_than_its_deadline_for_a_home_that_is_busy() {
    let mut builder = Builder::new_multi_thread();
    let home = builder.worker_threads(1).enable_all().build().expect("a runtime");
    let backend = Backend::on_tokio();
    let pool = home.block_on(async { backend.pool().max_size(1).build().expect("they agree") });
    let (free, freed) = channel::<()>();
    home.spawn(async move {
        let _ = freed.recv();
        pending::<()>().await;
    });
    backend.creates(Plan::After(ms(1)));
    let other = single();
    let begun = Instant::now();
    let told = other.block_on(pool.get_timeout(ms(30)));
    assert!(told.is_err_and(|error| error.is_timeout()));
    assert!(begun.elapsed() < GRACE);
    drop(free);
    drop(other.block_on(pool.get()).expect("served"));
}

#[test]
fn a_thread_waits_no_longer_than_it_may_beside_a_home_that_rests_or_has_ended() {
    for has_ended in [false, true] {
        let (home, backend) = (single(), Backend::on_tokio());
        let pool = home.block_on(async {
            backend.pool().max_size(1).get_timeout(ms(50)).build().expect("settings agree")
        });
        let held = pool.get_blocking().expect("ready at once");
        let home = Some(home).filter(|_| !has_ended);
        let told = pool.get_blocking().map(drop);
        assert!(matches!(told, Err(BlockingError::Get(GetError::TimedOut(_)))), "{told:?}");
        pool.reconfigure(|settings| settings.get_timeout = Some(GRACE)).expect("they agree");
        let there = pool.clone();
        let served = thread::spawn(move || there.get_blocking().map(drop));
        wait_until(|| pool.waiting() == 1);
        drop(home);
        thread::sleep(ms(5));
        drop(held);
        served.join().expect("no panic").expect("served");
    }
}
