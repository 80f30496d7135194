//! The same resource, lent and returned by each contender.

use std::convert::Infallible;
use std::hint::black_box;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use deadpool::managed::{Manager, Metrics, RecycleResult};
use parking_lot::Mutex;
use pool_tokio::{Pool, Pooled};

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Contender {
    /// This pool's `get`.
    Get,
    /// This pool's `try_get`.
    TryGet,
    /// `parking_lot::Mutex<Vec<_>>`, pop and push: the least that a pool has to do.
    Floor,
    /// deadpool's managed pool.
    Deadpool,
}

/// 64 bytes, about what a client for a connection takes.
#[expect(dead_code, reason = "only its size matters")]
struct Block([u8; 64]);

impl Pooled for Block {
    type Resource = Self;
    type Config = ();
    type Error = Infallible;

    async fn create((): &()) -> Result<Self, Infallible> {
        Ok(Self([0; 64]))
    }
}

struct Blocks;

impl Manager for Blocks {
    type Type = Block;
    type Error = Infallible;

    async fn create(&self) -> Result<Block, Infallible> {
        Ok(Block([0; 64]))
    }

    async fn recycle(&self, _: &mut Block, _: &Metrics) -> RecycleResult<Infallible> {
        Ok(())
    }
}

impl Contender {
    pub(crate) const ALL: [Self; 4] = [Self::Get, Self::TryGet, Self::Floor, Self::Deadpool];

    /// How long so many gets take, each with its drop.
    pub(crate) async fn run(self, gets: u32) -> Duration {
        match self {
            Self::Get => {
                let pool = Pool::<Block>::default();
                drop(pool.get().await.expect("made"));
                let begun = Instant::now();
                for _ in 0..gets {
                    drop(black_box(pool.get().await.expect("idle")));
                }
                begun.elapsed()
            }
            Self::TryGet => {
                let pool = Pool::<Block>::default();
                drop(pool.get().await.expect("made"));
                let begun = Instant::now();
                for _ in 0..gets {
                    drop(black_box(pool.try_get().expect("idle")));
                }
                begun.elapsed()
            }
            Self::Floor => floor(gets),
            Self::Deadpool => {
                let pool = deadpool::managed::Pool::<Blocks>::builder(Blocks)
                    .max_size(4)
                    .build()
                    .expect("no timeouts, no runtime");
                drop(pool.get().await.expect("made"));
                let begun = Instant::now();
                for _ in 0..gets {
                    drop(black_box(pool.get().await.expect("idle")));
                }
                begun.elapsed()
            }
        }
    }
}

fn floor(gets: u32) -> Duration {
    let idle = Mutex::new(vec![Block([0; 64])]);
    let begun = Instant::now();
    for _ in 0..gets {
        let block = idle.lock().pop().expect("idle");
        let block = black_box(block);
        idle.lock().push(block);
    }
    begun.elapsed()
}
