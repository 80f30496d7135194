//! The pooled resource: a connection of `rusqlite`, whose calls block.
//!
//! `SQLite` works in the thread that calls it. So each call is made on a thread that may be blocked, by
//! [`unblock`]: an [`Item`] owns what it lends and can be moved there, as [`on`] does. Where the thread may be
//! blocked already, as under `get_blocking`, the call is made in place.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pool_tokio::{Item, Pooled, unblock};
use rusqlite::{Error, Result};

/// A connection to the bank's database.
#[derive(Pooled)]
#[pooled(create = async Self::open(&PathBuf) -> Result<Self>, recycle = Self::is_the_file_in_place,
         reset = Self::roll_back, close = async Self::quit)]
pub(crate) struct Connection {
    sqlite: rusqlite::Connection,
    path: PathBuf,
    /// Which file it was when it was opened.
    file: Option<(u64, u64)>,
}

impl Connection {
    async fn open(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        unblock(move || {
            let sqlite = rusqlite::Connection::open(&path)?;
            sqlite.busy_timeout(Duration::from_secs(5))?; // one writes at a time, the others wait
            sqlite.pragma_update(None, "journal_mode", "wal")?; // and nobody waits to read
            let file = identity(&path);
            Ok(Self { sqlite, path, file })
        })
        .await
    }

    /// Whether the file is still the one at its path. No server could be gone, and a `SELECT 1` succeeds
    /// for ever, also in a file that was deleted, or replaced by a backup: what is written is then lost.
    fn is_the_file_in_place(&mut self) -> Result<()> {
        let is_in_place = self.file.is_some() && identity(&self.path) == self.file;
        if is_in_place { Ok(()) } else { Err(Error::InvalidPath(self.path.clone())) }
    }

    /// Rolls back if a transaction is open, and asks nothing of the file if none is. Not `async`, so it is
    /// over before the drop of the item is, on the thread that drops it: one that may be blocked.
    fn roll_back(&mut self) -> Result<()> {
        if self.sqlite.is_autocommit() { Ok(()) } else { self.sqlite.execute_batch("ROLLBACK") }
    }

    /// The last one to close writes the log back into the file, which can take its time.
    async fn quit(self) {
        // Whatever comes of it, the connection is dropped.
        unblock(move || self.sqlite.close().ok()).await;
    }
}

/// Has a connection do something on a thread that may be blocked, where it is also returned.
pub(crate) async fn on<O: Send + 'static>(
    mut connection: Item<Connection>,
    work: impl FnOnce(&mut rusqlite::Connection) -> Result<O> + Send + 'static,
) -> Result<O> {
    unblock(move || work(&mut connection.sqlite)).await
}

/// The device and the number on it of the file at a path.
fn identity(path: &Path) -> Option<(u64, u64)> {
    let file = fs::metadata(path).ok()?;
    Some((file.dev(), file.ino()))
}
