//! sqlx's pool, as it is; its database is the stub of [`database`](super::database).

use sqlx_core::pool::{Pool, PoolConnection, PoolOptions};

use super::database::{Address, Stub};
use super::{Contender, Later, Settings};
use crate::backend::Backend;

pub(crate) type Sqlx = Pool<Stub>;

impl Contender for Sqlx {
    type Item = PoolConnection<Stub>;
    type Filled = ();

    /// What a server refuses, the get tries again, with pauses; that can't be set.
    fn build(settings: Settings, backend: &Backend) -> Option<Self> {
        if settings.max_creating.is_some() {
            return None;
        }
        let pool = PoolOptions::new()
            .max_connections(settings.max_size)
            .min_connections(settings.min.unwrap_or(0))
            .acquire_timeout(settings.only_timeout())
            .idle_timeout(settings.idle_timeout)
            .max_lifetime(None)
            .connect_lazy_with(Address { backend: backend.clone(), blocks: settings.blocks });
        Some(pool)
    }

    fn get(&self) -> Later<Option<Self::Item>> {
        let acquire = self.acquire();
        Box::pin(async move { acquire.await.ok() })
    }

    fn discard(item: Self::Item) {
        drop(item.detach());
    }

    fn close(&self) -> Option<Later<()>> {
        let pool = self.clone();
        Some(Box::pin(async move { Self::close(&pool).await }))
    }
}
