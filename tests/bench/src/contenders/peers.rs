//! The other async pools.

use std::convert::Infallible;

use bb8::{ManageConnection, RunError};
use deadpool::managed::{self, Manager, Metrics, Object, PoolError, RecycleResult, Timeouts};
use deadpool::{Runtime, unmanaged};
use tokio::task::yield_now;

use super::{Block, Contender, LIFETIME, LONG, Settings};

/// Makes blocks for the peers.
pub(crate) struct Blocks {
    yields: bool,
}

impl Blocks {
    pub(crate) const fn new(settings: Settings) -> Self {
        Self { yields: settings.yields }
    }

    async fn make(&self) -> Block {
        if self.yields {
            yield_now().await;
        }
        Block::new()
    }
}

pub(crate) type Deadpool = managed::Pool<Blocks>;

impl Manager for Blocks {
    type Type = Block;
    type Error = Infallible;

    async fn create(&self) -> Result<Block, Infallible> {
        Ok(self.make().await)
    }

    async fn recycle(&self, _: &mut Block, _: &Metrics) -> RecycleResult<Infallible> {
        Ok(())
    }
}

impl Contender for Deadpool {
    const NAME: &'static str = "deadpool";
    type Item = Object<Blocks>;
    type Error = PoolError<Infallible>;

    fn build(settings: Settings) -> Self {
        let builder = Self::builder(Blocks::new(settings)).max_size(settings.max_size);
        let builder = if settings.limits {
            let timeouts = Timeouts { wait: Some(LONG), create: Some(LONG), recycle: Some(LONG) };
            builder.timeouts(timeouts).runtime(Runtime::Tokio1)
        } else {
            builder
        };
        builder.build().expect("it has a runtime for its timeouts")
    }

    fn get(&self) -> impl Future<Output = Result<Self::Item, Self::Error>> + Send {
        Self::get(self)
    }
}

pub(crate) type DeadpoolUnmanaged = unmanaged::Pool<Block>;

impl Contender for DeadpoolUnmanaged {
    const NAME: &'static str = "deadpool unmanaged";
    type Item = unmanaged::Object<Block>;
    type Error = unmanaged::PoolError;

    /// It makes nothing itself: it starts full.
    fn build(settings: Settings) -> Self {
        Self::from((0..settings.max_size).map(|_| Block::new()).collect::<Vec<_>>())
    }

    fn get(&self) -> impl Future<Output = Result<Self::Item, Self::Error>> + Send {
        Self::get(self)
    }
}

pub(crate) type Bb8 = bb8::Pool<Blocks>;

impl ManageConnection for Blocks {
    type Connection = Block;
    type Error = Infallible;

    async fn connect(&self) -> Result<Block, Infallible> {
        Ok(self.make().await)
    }

    async fn is_valid(&self, _: &mut Block) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Block) -> bool {
        false
    }
}

impl Contender for Bb8 {
    const NAME: &'static str = "bb8";
    type Item = bb8::PooledConnection<'static, Blocks>;
    type Error = RunError<Infallible>;

    fn build(settings: Settings) -> Self {
        let lifetime = settings.limits.then_some(LIFETIME);
        Self::builder()
            .max_size(settings.max_size_u32())
            .test_on_check_out(false)
            .connection_timeout(LONG)
            .max_lifetime(lifetime)
            .idle_timeout(lifetime)
            .build_unchecked(Blocks::new(settings))
    }

    fn get(&self) -> impl Future<Output = Result<Self::Item, Self::Error>> + Send {
        self.get_owned()
    }
}

pub(crate) type Mobc = mobc::Pool<Blocks>;

#[mobc::async_trait]
impl mobc::Manager for Blocks {
    type Connection = Block;
    type Error = Infallible;

    async fn connect(&self) -> Result<Block, Infallible> {
        Ok(self.make().await)
    }

    async fn check(&self, block: Block) -> Result<Block, Infallible> {
        Ok(block)
    }
}

impl Contender for Mobc {
    const NAME: &'static str = "mobc";
    type Item = mobc::Connection<Blocks>;
    type Error = mobc::Error<Infallible>;

    fn build(settings: Settings) -> Self {
        let max_size = u64::from(settings.max_size_u32());
        let lifetime = settings.limits.then_some(LIFETIME);
        Self::builder()
            .max_open(max_size)
            .max_idle(max_size)
            .test_on_check_out(false)
            .get_timeout(settings.limits.then_some(LONG))
            .max_lifetime(lifetime)
            .max_idle_lifetime(lifetime)
            .build(Blocks::new(settings))
    }

    fn get(&self) -> impl Future<Output = Result<Self::Item, Self::Error>> + Send {
        Self::get(self)
    }
}

pub(crate) type FastPool = fast_pool::Pool<Blocks>;

impl fast_pool::Manager for Blocks {
    type Connection = Block;
    type Error = String;

    async fn connect(&self) -> Result<Block, String> {
        Ok(self.make().await)
    }

    async fn check(&self, _: &mut Block) -> Result<(), String> {
        Ok(())
    }
}

impl Contender for FastPool {
    const NAME: &'static str = "fast_pool";
    type Item = fast_pool::ConnectionGuard<Blocks>;
    type Error = String;

    /// It can't do without timeouts.
    fn build(settings: Settings) -> Self {
        let pool = Self::new(Blocks::new(settings));
        pool.set_max_open(u64::from(settings.max_size_u32()));
        pool.set_max_idle_conns(u64::from(settings.max_size_u32()));
        pool.set_timeout_wait(Some(LONG));
        pool.set_timeout_check(Some(LONG));
        pool
    }

    fn get(&self) -> impl Future<Output = Result<Self::Item, Self::Error>> + Send {
        Self::get(self)
    }
}
