//! One contender, so many times, and nothing else: to be counted by callgrind, where the
//! difference of two runs is the price of one.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use clap::ValueEnum;

use tokio::runtime::Runtime;

use crate::contenders::{BareMutex, Contender, Deadpool, Ours, Settings, warm};
use crate::harness::end;

/// What is done so many times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Workload {
    /// This pool's `get`, served at once, and its drop.
    Get,
    /// This pool's `try_get`, served, and its drop.
    TryGet,
    /// A `get` that waits, the return of the only item, which is handed to it, and its answer.
    Waited,
    /// A `get` that waits and is dropped.
    Cancelled,
    /// `parking_lot::Mutex<Vec<_>>`, pop and push: the least that a pool has to do.
    Floor,
    /// deadpool's managed pool, served at once.
    Deadpool,
}

impl Workload {
    /// The name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::TryGet => "try-get",
            Self::Waited => "waited",
            Self::Cancelled => "cancelled",
            Self::Floor => "floor",
            Self::Deadpool => "deadpool",
        }
    }

    pub(crate) fn run(self, times: u32) {
        match self {
            Self::Get => block_on(get::<Ours>(times)),
            Self::TryGet => block_on(async {
                let pool = warm::<Ours>(ONE).await;
                for _ in 0..times {
                    end(pool.try_get().expect("idle"));
                }
            }),
            Self::Waited => waited(times),
            Self::Cancelled => cancelled(times),
            Self::Floor => drop(BareMutex::new(1).time(times)),
            Self::Deadpool => block_on(get::<Deadpool>(times)),
        }
    }
}

async fn get<C: Contender>(times: u32) {
    let pool = warm::<C>(ONE).await;
    for _ in 0..times {
        end(pool.get().await.expect("idle"));
    }
}

/// Polls by hand: all that is counted is the pool's own. In a runtime, where its upkeep may go on.
fn waited(times: u32) {
    let runtime = runtime();
    let _inside = runtime.enter();
    let pool = runtime.block_on(warm::<Ours>(ONE));
    let mut held = pool.try_get().expect("idle");
    for _ in 0..times {
        let mut get = pin!(pool.get());
        assert!(poll(get.as_mut()).is_pending(), "nothing is idle");
        drop(held);
        let Poll::Ready(item) = poll(get) else { unreachable!("it was handed over") };
        held = black_box(item.expect("served"));
    }
}

fn cancelled(times: u32) {
    let runtime = runtime();
    let _inside = runtime.enter();
    let pool = runtime.block_on(warm::<Ours>(ONE));
    let held = pool.try_get().expect("idle");
    for _ in 0..times {
        let get = pin!(pool.get());
        assert!(poll(get).is_pending(), "nothing is idle");
    }
    drop(held);
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn block_on<T>(run: impl Future<Output = T>) -> T {
    runtime().block_on(run)
}

/// Without a timer: a get that is served at once needs none.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}

const ONE: Settings = Settings::of(1);
