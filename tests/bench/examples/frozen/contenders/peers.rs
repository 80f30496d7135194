//! deadpool and bb8.

use std::time::Duration;

use bb8::ManageConnection;
use deadpool::Runtime;
use deadpool::managed::{self, Manager, Metrics, RecycleResult, Timeouts};
use tokio::task::spawn_blocking;

use super::{Contender, GET_TIMEOUT, Later, Settings};
use crate::backend::{Backend, Connection, Unreachable};

/// Connects on behalf of both.
pub(crate) struct Connector {
    backend: Backend,
    blocks: bool,
}

impl Connector {
    fn new(settings: &Settings, backend: &Backend) -> Self {
        Self { backend: backend.clone(), blocks: settings.blocks }
    }

    async fn open(&self) -> Result<Lent, Unreachable> {
        if self.blocks {
            spawn_blocking(|| ()).await.expect("nothing panics in it");
        }
        let connection = self.backend.create().await?;
        Ok(Lent { connection, is_broken: false })
    }
}

/// What both lend.
pub(crate) struct Lent {
    connection: Connection,
    /// For bb8, which is not told to discard, but asks.
    is_broken: bool,
}

pub(crate) type Deadpool = managed::Pool<Connector>;

impl Manager for Connector {
    type Type = Lent;
    type Error = Unreachable;

    async fn create(&self) -> Result<Lent, Unreachable> {
        self.open().await
    }

    async fn recycle(&self, lent: &mut Lent, _: &Metrics) -> RecycleResult<Unreachable> {
        Ok(lent.connection.check().await?)
    }
}

impl Contender for Deadpool {
    type Item = managed::Object<Connector>;
    type Filled = ();

    fn build(settings: Settings, backend: &Backend) -> Option<Self> {
        let unknown = settings.max_creating.is_some()
            || settings.min.is_some()
            || settings.idle_timeout.is_some();
        if unknown {
            return None;
        }
        let timeouts = Timeouts {
            wait: Some(GET_TIMEOUT),
            create: Some(settings.create_timeout),
            recycle: Some(settings.check_timeout),
        };
        let pool = Self::builder(Connector::new(&settings, backend))
            .max_size(usize::try_from(settings.max_size).expect("a size fits"))
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build();
        Some(pool.expect("it has a runtime for its timeouts"))
    }

    fn get(&self) -> Later<Option<Self::Item>> {
        let pool = self.clone();
        Box::pin(async move { Self::get(&pool).await.ok() })
    }

    fn discard(item: Self::Item) {
        drop(managed::Object::take(item));
    }

    fn close(&self) -> Option<Later<()>> {
        let pool = self.clone();
        Some(Box::pin(async move { Self::close(&pool) }))
    }
}

pub(crate) type Bb8 = bb8::Pool<Connector>;

impl ManageConnection for Connector {
    type Connection = Lent;
    type Error = Unreachable;

    async fn connect(&self) -> Result<Lent, Unreachable> {
        self.open().await
    }

    async fn is_valid(&self, lent: &mut Lent) -> Result<(), Unreachable> {
        lent.connection.check().await
    }

    fn has_broken(&self, lent: &mut Lent) -> bool {
        lent.is_broken
    }
}

impl Contender for Bb8 {
    type Item = bb8::PooledConnection<'static, Connector>;
    type Filled = ();

    fn build(settings: Settings, backend: &Backend) -> Option<Self> {
        if settings.max_creating.is_some() {
            return None;
        }
        let pool = Self::builder()
            .max_size(settings.max_size)
            .min_idle(settings.min)
            .connection_timeout(settings.only_timeout())
            .idle_timeout(settings.idle_timeout)
            // The default, 30 s, is longer than a run.
            .reaper_rate(settings.idle_timeout.unwrap_or(Duration::from_secs(30)))
            .build_unchecked(Connector::new(&settings, backend));
        Some(pool)
    }

    fn get(&self) -> Later<Option<Self::Item>> {
        let pool = self.clone();
        Box::pin(async move { pool.get_owned().await.ok() })
    }

    fn discard(mut item: Self::Item) {
        item.is_broken = true;
    }

    fn close(&self) -> Option<Later<()>> {
        None
    }
}
