//! The two ways to come by a connection.
//!
//! `SQLite` works in the thread that asks it, for microseconds or, in a large folder, for
//! milliseconds. Hence [`block_in_place`]: another thread carries on with the runtime's tasks
//! meanwhile, and all connections of the pool can be at work at the same time, however few the
//! cores. Without it, a small folder's queries are answered two to three times as fast, and all
//! other tasks stand still. `spawn_blocking` is about as fast; the item would move into its closure
//! and back, as an [`Item`](pool_tokio::Item) owns what it lends.

use std::time::{Duration, Instant};

use pool_tokio::{Pool, TokenPool};
use tokio::task::block_in_place;

use super::database::{Connection, Database};
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
pub(crate) struct Shared {
    pub(crate) pool: Pool<Connection>,
}

impl Source for Shared {
    async fn search(&self, word: &str) -> Result<Reply, Failure> {
        let asked = Instant::now();
        let mut connection = self.pool.get().await?;
        let got = Instant::now();
        let files = block_in_place(|| connection.search(word))?;
        drop(connection);
        Ok(Reply { files, wait: got - asked, hold: got.elapsed() })
    }
}

/// With a fresh connection each time, as many at a time as there are tokens.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) limit: TokenPool,
    pub(crate) database: Database,
}

impl Source for Fresh {
    async fn search(&self, word: &str) -> Result<Reply, Failure> {
        let asked = Instant::now();
        let token = self.limit.get().await?;
        let got = Instant::now();
        let files = block_in_place(|| Connection::open(&self.database)?.search(word))?;
        drop(token);
        Ok(Reply { files, wait: got - asked, hold: got.elapsed() })
    }
}
