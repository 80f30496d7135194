//! The resource: a client of `tokio-postgres` and the task that drives its socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use pool_tokio::Pooled;
use tokio::task::JoinSet;
use tokio_postgres::types::Type;
use tokio_postgres::{CancelToken, Client, Config, Error, NoTls};

#[derive(Pooled)]
#[pooled(create = async Self::connect(&Arc<Target>) -> Result<Self, Error>, recycle = async Self::ping,
         reusable = Self::is_open, close = async Self::quit)]
pub(crate) struct Connection {
    client: Client,
    /// The task that drives the socket. A set of one, as a set aborts what it holds when it is
    /// dropped: a connection whose goodbye takes too long is not to live on by itself.
    driver: JoinSet<()>,
    _alive: Alive,
}

impl Connection {
    async fn connect(target: &Arc<Target>) -> Result<Self, Error> {
        target.connects.fetch_add(1, Ordering::Relaxed);
        let alive = Alive::count(target);
        let (client, connection) = target.config.connect(NoTls).await?;
        let mut driver = JoinSet::new();
        driver.spawn(async {
            // Whoever queries hears of the error, too.
            connection.await.ok();
        });
        Ok(Self { client, driver, _alive: alive })
    }

    async fn ping(&mut self) -> Result<(), Error> {
        self.client.check_connection().await
    }

    fn is_open(&self) -> bool {
        !self.client.is_closed()
    }

    async fn quit(self) {
        let Self { client, mut driver, _alive } = self;
        drop(client);
        driver.join_next().await;
    }

    /// Has the server send a number back after so many milliseconds.
    pub(crate) async fn echo(&self, number: i64, nap_ms: u64) -> Result<i64, Error> {
        let nap = f64::from(u32::try_from(nap_ms).expect("naps are short")) / 1000.0;
        let query = "SELECT $1 FROM pg_sleep($2)";
        let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
            [(&number, Type::INT8), (&nap, Type::FLOAT8)];
        self.client.query_typed_one(query, &parameters).await?.try_get(0)
    }

    pub(crate) fn cancel_token(&self) -> CancelToken {
        self.client.cancel_token()
    }
}

/// Where to connect to, and the pool's connections as counted by themselves.
pub(crate) struct Target {
    config: Config,
    connects: AtomicU64,
    alive: AtomicUsize,
    most_alive: AtomicUsize,
}

impl Target {
    pub(crate) fn new(config: Config) -> Self {
        let (connects, alive, most_alive) = Default::default();
        Self { config, connects, alive, most_alive }
    }

    /// How often a connect was begun.
    pub(crate) fn connects(&self) -> u64 {
        self.connects.load(Ordering::Relaxed)
    }

    pub(crate) fn alive(&self) -> usize {
        self.alive.load(Ordering::Relaxed)
    }

    /// How many were alive at the same time, those being made and ended included.
    pub(crate) fn most_alive(&self) -> usize {
        self.most_alive.load(Ordering::Relaxed)
    }
}

/// One connection, from the begin of its connect to its end.
struct Alive(Arc<Target>);

impl Alive {
    fn count(target: &Arc<Target>) -> Self {
        let alive = target.alive.fetch_add(1, Ordering::Relaxed) + 1;
        target.most_alive.fetch_max(alive, Ordering::Relaxed);
        Self(Arc::clone(target))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, Ordering::Relaxed);
    }
}
