//! The two ways to come by a connection.

use std::time::{Duration, Instant};

use pool_tokio::{Pool, Pooled, TokenPool};

use super::database::{Database, Search};
use super::failure::Failure;
use super::words::FileId;

/// A way to come by a connection and search with it.
pub(crate) trait Source: Send + Sync + 'static {
    /// Waits for a connection, then searches with it.
    fn search(&self, word: &str) -> impl Future<Output = Result<Reply, Failure>> + Send;
}

/// What a search found, and how long it took.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) files: Vec<FileId>,
    /// From asking for a connection until it could be used.
    pub(crate) wait: Duration,
    /// From then until it was given back, or closed.
    pub(crate) hold: Duration,
}

/// Through a pool of connections.
#[derive(Debug)]
pub(crate) struct Shared<D: Database> {
    pub(crate) pool: Pool<D::Connection>,
}

impl<D: Database> Source for Shared<D> {
    async fn search(&self, word: &str) -> Result<Reply, Failure> {
        let asked = Instant::now();
        let mut connection = self.pool.get().await.map_err(Failure::connection)?;
        let got = Instant::now();
        let files = connection.search(word).await.map_err(Failure::database)?;
        drop(connection);
        Ok(Reply { files, wait: got - asked, hold: got.elapsed() })
    }
}

/// With a fresh connection each time, as many at a time as there are tokens.
#[derive(Debug)]
pub(crate) struct Fresh<D> {
    pub(crate) limit: TokenPool,
    pub(crate) database: D,
}

impl<D: Database> Source for Fresh<D> {
    async fn search(&self, word: &str) -> Result<Reply, Failure> {
        let asked = Instant::now();
        let token = self.limit.get().await?;
        let got = Instant::now();
        let mut connection =
            D::Connection::create(&self.database).await.map_err(Failure::database)?;
        let files = connection.search(word).await.map_err(Failure::database)?;
        D::Connection::close(connection).await;
        drop(token);
        Ok(Reply { files, wait: got - asked, hold: got.elapsed() })
    }
}
