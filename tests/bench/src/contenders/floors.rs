//! The least that a pool has to do, without what makes it a pool.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_channel::{Receiver, RecvError, Sender};
use crossbeam_utils::CachePadded;
use crossbeam_utils::atomic::AtomicCell;
use parking_lot::Mutex;
use tokio::sync::{AcquireError, Semaphore};

use super::{Block, Contender, Settings};

/// `parking_lot::Mutex<Vec<_>>`, pop and push: nobody can wait.
#[derive(Clone)]
pub(crate) struct BareMutex(Arc<Mutex<Vec<Block>>>);

impl BareMutex {
    pub(crate) const NAME: &'static str = "Mutex<Vec>";

    pub(crate) fn new(size: usize) -> Self {
        Self(Arc::new(Mutex::new(blocks(size))))
    }

    /// How long so many pops and pushes take.
    pub(crate) fn time(&self, times: u32) -> Duration {
        let idle = &*self.0;
        let begun = Instant::now();
        for _ in 0..times {
            let mut block = idle.lock().pop().expect("idle");
            black_box(&mut block);
            idle.lock().push(block);
        }
        begun.elapsed()
    }
}

/// As `BareMutex`, but what is lent is an item: it has a share of what it goes home to, so that it may
/// go anywhere, and its block stays in its box. What safe Rust can do at best behind one lock.
#[derive(Clone)]
pub(crate) struct OwnedItem(Arc<Mutex<VecDeque<Box<Block>>>>);

impl OwnedItem {
    pub(crate) const NAME: &'static str = "owned item, one lock";

    pub(crate) fn new(size: usize) -> Self {
        Self(Arc::new(Mutex::new(blocks(size).into_iter().map(Box::new).collect())))
    }

    /// How long it takes so many times to lend one and to return it.
    pub(crate) fn time(&self, times: u32) -> Duration {
        let begun = Instant::now();
        for _ in 0..times {
            let block = self.0.lock().pop_front().expect("idle");
            let mut item = (block, Arc::clone(&self.0));
            black_box(&mut item);
            let (block, home) = item;
            home.lock().push_back(block);
        }
        begun.elapsed()
    }
}

/// What idle shelves for each core could do at best: a place for each thread without any lock, and
/// items that have a share of all. Nobody can wait, and nobody else's place is looked at.
#[derive(Clone)]
pub(crate) struct Shelves(Arc<Vec<CachePadded<Place>>>);

type Place = AtomicCell<Option<Box<Block>>>;

impl Shelves {
    pub(crate) const NAME: &'static str = "owned item, shelves";

    pub(crate) fn new(threads: usize) -> Self {
        let place = || CachePadded::new(Place::new(Some(Box::new(Block::new()))));
        Self(Arc::new((0..threads).map(|_| place()).collect()))
    }

    /// How long it takes this thread so many times to lend what is in its place and to return it.
    pub(crate) fn time(&self, thread: usize, times: u32) -> Duration {
        let begun = Instant::now();
        for _ in 0..times {
            let block = self.0[thread].take().expect("idle");
            let mut item = (block, Arc::clone(&self.0));
            black_box(&mut item);
            let (block, home) = item;
            home[thread].store(Some(block));
        }
        begun.elapsed()
    }
}

/// tokio's `Semaphore` beside a `parking_lot::Mutex<Vec<_>>`: whoever has a permit finds a block.
#[derive(Clone)]
pub(crate) struct SemaphoreAndMutex(Arc<Guarded>);

struct Guarded {
    permits: Semaphore,
    idle: Mutex<Vec<Block>>,
}

impl Contender for SemaphoreAndMutex {
    const NAME: &'static str = "Semaphore + Mutex<Vec>";
    type Item = GuardedBlock;
    type Error = AcquireError;

    fn build(settings: Settings) -> Self {
        let permits = Semaphore::new(settings.max_size);
        Self(Arc::new(Guarded { permits, idle: Mutex::new(blocks(settings.max_size)) }))
    }

    async fn get(&self) -> Result<GuardedBlock, AcquireError> {
        self.0.permits.acquire().await?.forget();
        let block = self.0.idle.lock().pop();
        Ok(GuardedBlock { block, guarded: Arc::clone(&self.0) })
    }
}

pub(crate) struct GuardedBlock {
    block: Option<Block>,
    guarded: Arc<Guarded>,
}

impl Drop for GuardedBlock {
    fn drop(&mut self) {
        self.guarded.idle.lock().extend(self.block.take());
        self.guarded.permits.add_permits(1);
    }
}

/// An `async_channel` of idle blocks.
#[derive(Clone)]
pub(crate) struct AsyncChannel {
    sender: Sender<Block>,
    receiver: Receiver<Block>,
}

impl Contender for AsyncChannel {
    const NAME: &'static str = "async-channel";
    type Item = ChannelBlock;
    type Error = RecvError;

    fn build(settings: Settings) -> Self {
        let (sender, receiver) = async_channel::bounded(settings.max_size);
        for block in blocks(settings.max_size) {
            sender.try_send(block).expect("there is room for all");
        }
        Self { sender, receiver }
    }

    async fn get(&self) -> Result<ChannelBlock, RecvError> {
        let block = Some(self.receiver.recv().await?);
        Ok(ChannelBlock { block, sender: self.sender.clone() })
    }
}

pub(crate) struct ChannelBlock {
    block: Option<Block>,
    sender: Sender<Block>,
}

impl Drop for ChannelBlock {
    fn drop(&mut self) {
        let block = self.block.take().expect("it is dropped once");
        self.sender.try_send(block).unwrap_or_else(|_| unreachable!("there is room for all"));
    }
}

/// Yields as a task of a scenario does, and gets nothing.
#[derive(Clone)]
pub(crate) struct Nothing;

impl Contender for Nothing {
    const NAME: &'static str = "the yield alone";
    type Item = ();
    type Error = Infallible;

    fn build(_: Settings) -> Self {
        Self
    }

    async fn get(&self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn blocks(size: usize) -> Vec<Block> {
    (0..size).map(|_| Block::new()).collect()
}
