//! This pool and its peers behind one small trait, each with the nearest settings that it has.

use std::time::Duration;

use bb8::{ManageConnection, RunError};
use deadpool::Runtime;
use deadpool::managed::{self, Manager, Metrics, PoolError, RecycleResult, Timeouts};
use pool_tokio::{GetError, Pooled, Usage};

use crate::backend::{Backend, Connection, Unreachable};

/// What a situation asks of a pool's configuration.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) max_size: u32,
    pub(crate) get_timeout: Duration,
    pub(crate) create_timeout: Duration,
    pub(crate) max_creating: Option<usize>,
}

impl Settings {
    /// So many resources and, else, what is long enough not to matter, but ends.
    pub(crate) const fn of(max_size: u32) -> Self {
        Self {
            max_size,
            get_timeout: Duration::from_secs(5),
            create_timeout: Duration::from_secs(5),
            max_creating: None,
        }
    }
}

/// What a get was told instead of being served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Why the create failed.
    Cause,
    TimedOut,
    Closed,
    Other,
}

/// A pool in a situation.
pub(crate) trait Contender: Clone + Send + Sync + 'static {
    type Item: Send + 'static;

    /// Builds an empty pool; `None` if it has no such setting.
    fn build(settings: Settings, backend: &Backend) -> Option<Self>;

    fn get(&self) -> impl Future<Output = Result<Self::Item, Refusal>> + Send;

    /// Closes the pool, and says whether it can be closed at all.
    fn close(&self) -> bool;
}

pub(crate) type Ours = pool_tokio::Pool<Connection>;

impl Pooled for Connection {
    type Resource = Self;
    type Config = Backend;
    type Error = Unreachable;

    async fn create(backend: &Backend) -> Result<Self, Unreachable> {
        backend.create().await
    }

    async fn recycle(connection: &mut Self, _: &Backend, _: &Usage<'_>) -> Result<(), Unreachable> {
        connection.check().await
    }
}

impl Contender for Ours {
    type Item = pool_tokio::Item<Connection>;

    fn build(settings: Settings, backend: &Backend) -> Option<Self> {
        let max_size = usize::try_from(settings.max_size).expect("a size fits");
        let pool = Self::builder(backend.clone())
            .max_size(max_size)
            .max_creating(settings.max_creating.unwrap_or(max_size))
            .get_timeout(settings.get_timeout)
            .create_timeout(settings.create_timeout)
            .build();
        Some(pool.expect("the settings agree"))
    }

    async fn get(&self) -> Result<Self::Item, Refusal> {
        Self::get(self).await.map_err(|error| match error {
            GetError::Create(_) => Refusal::Cause,
            GetError::TimedOut(_) => Refusal::TimedOut,
            GetError::Closed => Refusal::Closed,
            _ => Refusal::Other,
        })
    }

    fn close(&self) -> bool {
        // Marked at the call; what it tells whom is what is measured, not when all have gone.
        drop(Self::close(self));
        true
    }
}

/// Connects on behalf of the peers.
pub(crate) struct Connector(Backend);

pub(crate) type Deadpool = managed::Pool<Connector>;

impl Manager for Connector {
    type Type = Connection;
    type Error = Unreachable;

    async fn create(&self) -> Result<Connection, Unreachable> {
        self.0.create().await
    }

    async fn recycle(
        &self,
        connection: &mut Connection,
        _: &Metrics,
    ) -> RecycleResult<Unreachable> {
        Ok(connection.check().await?)
    }
}

impl Contender for Deadpool {
    type Item = managed::Object<Connector>;

    /// Its timeouts are one per phase; there is none for the whole of a get.
    fn build(settings: Settings, backend: &Backend) -> Option<Self> {
        if settings.max_creating.is_some() {
            return None;
        }
        let timeouts = Timeouts {
            wait: Some(settings.get_timeout),
            create: Some(settings.create_timeout),
            recycle: Some(settings.get_timeout),
        };
        let pool = Self::builder(Connector(backend.clone()))
            .max_size(usize::try_from(settings.max_size).expect("a size fits"))
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build();
        Some(pool.expect("it has a runtime for its timeouts"))
    }

    async fn get(&self) -> Result<Self::Item, Refusal> {
        Self::get(self).await.map_err(|error| match error {
            PoolError::Backend(_) => Refusal::Cause,
            PoolError::Timeout(_) => Refusal::TimedOut,
            PoolError::Closed => Refusal::Closed,
            _ => Refusal::Other,
        })
    }

    fn close(&self) -> bool {
        Self::close(self);
        true
    }
}

pub(crate) type Bb8 = bb8::Pool<Connector>;

impl ManageConnection for Connector {
    type Connection = Connection;
    type Error = Unreachable;

    async fn connect(&self) -> Result<Connection, Unreachable> {
        self.0.create().await
    }

    async fn is_valid(&self, connection: &mut Connection) -> Result<(), Unreachable> {
        connection.check().await
    }

    fn has_broken(&self, _: &mut Connection) -> bool {
        false
    }
}

impl Contender for Bb8 {
    type Item = bb8::PooledConnection<'static, Connector>;

    /// Its timeout is for the whole of a get; there is none for a create.
    fn build(settings: Settings, backend: &Backend) -> Option<Self> {
        if settings.max_creating.is_some() {
            return None;
        }
        let builder =
            Self::builder().max_size(settings.max_size).connection_timeout(settings.get_timeout);
        Some(builder.build_unchecked(Connector(backend.clone())))
    }

    async fn get(&self) -> Result<Self::Item, Refusal> {
        self.get_owned().await.map_err(|error| match error {
            RunError::User(_) => Refusal::Cause,
            RunError::TimedOut => Refusal::TimedOut,
        })
    }

    fn close(&self) -> bool {
        false
    }
}
