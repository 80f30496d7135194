//! The pools for threads.

use std::convert::Infallible;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};
use pool_tokio::Item;
use r2d2::ManageConnection;

use super::peers::Blocks;
use super::{Block, Contender, LONG, Ours, Settings};

/// A pool whose gets block.
pub(crate) trait Blocking: Clone + Send + Sync + 'static {
    const NAME: &'static str;
    type Item: Send;

    /// Builds a pool whose resources may not have been made yet.
    fn build(settings: Settings) -> Self;

    fn get(&self) -> Self::Item;
}

impl Blocking for Ours {
    const NAME: &'static str = "this pool";
    type Item = Item<Block>;

    fn build(settings: Settings) -> Self {
        <Self as Contender>::build(settings)
    }

    fn get(&self) -> Item<Block> {
        self.get_blocking().expect("this thread may block")
    }
}

pub(crate) type R2d2 = r2d2::Pool<Blocks>;

impl ManageConnection for Blocks {
    type Connection = Block;
    type Error = Infallible;

    fn connect(&self) -> Result<Block, Infallible> {
        Ok(Block::new())
    }

    fn is_valid(&self, _: &mut Block) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Block) -> bool {
        false
    }
}

impl Blocking for R2d2 {
    const NAME: &'static str = "r2d2";
    type Item = r2d2::PooledConnection<Blocks>;

    fn build(settings: Settings) -> Self {
        Self::builder()
            .max_size(settings.max_size_u32())
            .test_on_check_out(false)
            .connection_timeout(LONG)
            .max_lifetime(None)
            .idle_timeout(None)
            .build(Blocks::new(settings))
            .expect("blocks can be made")
    }

    fn get(&self) -> Self::Item {
        Self::get(self).expect("a block comes back")
    }
}

/// A `parking_lot::Mutex<Vec<_>>` with a condition variable: the floor where threads wait.
#[derive(Clone)]
pub(crate) struct Conditional(Arc<(Mutex<Vec<Block>>, Condvar)>);

pub(crate) struct ConditionalBlock {
    block: Option<Block>,
    pool: Conditional,
}

impl Blocking for Conditional {
    const NAME: &'static str = "Mutex<Vec> + Condvar";
    type Item = ConditionalBlock;

    fn build(settings: Settings) -> Self {
        let blocks = (0..settings.max_size).map(|_| Block::new()).collect();
        Self(Arc::new((Mutex::new(blocks), Condvar::new())))
    }

    fn get(&self) -> ConditionalBlock {
        let (idle, is_returned) = &*self.0;
        let mut idle = idle.lock();
        is_returned.wait_while(&mut idle, |idle| idle.is_empty());
        ConditionalBlock { block: idle.pop(), pool: self.clone() }
    }
}

impl Drop for ConditionalBlock {
    fn drop(&mut self) {
        let (idle, is_returned) = &*self.pool.0;
        idle.lock().extend(self.block.take());
        is_returned.notify_one();
    }
}
