//! This pool.

use std::time::Duration;

use pool_tokio::{GetError, Pooled, Usage};

use super::{Contender, GET_TIMEOUT, Later, Settings};
use crate::backend::{Backend, Connection, Unreachable};

pub(crate) type Ours = pool_tokio::Pool<Lent>;

/// What this pool lends.
pub(crate) struct Lent(Connection);

/// Where to connect to, and whether the driver blocks.
pub(crate) struct Config {
    backend: Backend,
    blocks: bool,
}

impl Pooled for Lent {
    type Resource = Self;
    type Config = Config;
    type Error = Unreachable;

    async fn create(config: &Config) -> Result<Self, Unreachable> {
        if config.blocks {
            pool_tokio::unblock(|| ()).await;
        }
        config.backend.create().await.map(Self)
    }

    async fn recycle(lent: &mut Self, _: &Config, _: &Usage<'_>) -> Result<(), Unreachable> {
        lent.0.check().await
    }
}

impl Contender for Ours {
    type Item = pool_tokio::Item<Lent>;
    type Filled = Result<(), GetError<Unreachable>>;

    fn build(settings: Settings, backend: &Backend) -> Option<Self> {
        let size = |size| usize::try_from(size).expect("a size fits");
        let max_size = size(settings.max_size);
        let config = Config { backend: backend.clone(), blocks: settings.blocks };
        let pool = Self::builder(config)
            .max_size(max_size)
            .min_size(settings.min.map_or(0, size))
            .max_creating(settings.max_creating.unwrap_or(max_size))
            .get_timeout(GET_TIMEOUT)
            .create_timeout(settings.create_timeout)
            .recycle_timeout(settings.check_timeout)
            .idle_timeout(settings.idle_timeout)
            .build();
        Some(pool.expect("the settings agree"))
    }

    fn get(&self) -> Later<Option<Self::Item>> {
        let pool = self.clone();
        Box::pin(async move { Self::get(&pool).await.ok() })
    }

    fn get_within(&self, patience: Duration) -> Later<Option<Self::Item>> {
        let pool = self.clone();
        Box::pin(async move { pool.get_timeout(patience).await.ok() })
    }

    fn get_blocking(&self) -> Option<Self::Item> {
        Self::get_blocking(self).ok()
    }

    fn discard(item: Self::Item) {
        pool_tokio::Item::discard(item);
    }

    fn close(&self) -> Option<Later<()>> {
        Some(Box::pin(Self::close(self)))
    }

    fn fill(&self) -> Option<Later<Self::Filled>> {
        Some(Box::pin(Self::fill(self)))
    }
}
