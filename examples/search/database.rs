//! What the job asks of a database, and the two that do it.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::error::Error;

use pool_tokio::Pooled;

use super::words::FileId;

/// Where a database is: what a connection needs to be opened, so that it is the pool's config.
pub(crate) trait Database: Clone + Send + Sync + 'static {
    type Error: Error + Send + Sync + 'static;
    type Connection: Search<Self::Error>
        + Pooled<Resource = Self::Connection, Config = Self, Error = Self::Error>;
    type Writer: Index<Self::Error>;

    /// Makes the database, to be filled.
    async fn create(&self) -> Result<Self::Writer, Self::Error>;

    /// How many connections were opened since this was last asked. Counted where it happens, so that no
    /// pool has to be believed.
    fn take_creates(&self) -> u64;
}

/// A connection that searches.
pub(crate) trait Search<E>: Send {
    /// Finds the files in which `word` occurs, in ascending order.
    fn search(&mut self, word: &str) -> impl Future<Output = Result<Vec<FileId>, E>> + Send;
}

/// The one connection that writes.
pub(crate) trait Index<E> {
    /// Indexes a file's text.
    async fn insert(&mut self, file: FileId, text: &str) -> Result<(), E>;

    /// Makes all of it visible to other connections.
    async fn finish(self) -> Result<(), E>;
}
