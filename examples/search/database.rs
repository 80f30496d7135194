//! The database, and the connection to it that is pooled.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pool_tokio::Pooled;
use rusqlite::OpenFlags;

use super::words::FileId;

/// Where the database is: what a connection needs to be opened.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    path: PathBuf,
    /// Connections opened. Counted where it happens, so that no pool has to be believed.
    creates: Arc<AtomicU64>,
}

impl Database {
    /// The database in a folder, whether or not it is there.
    pub(crate) fn within(folder: &Path) -> Self {
        Self { path: folder.join("index.sqlite"), creates: Arc::default() }
    }

    /// How many connections were opened since this was last asked.
    pub(crate) fn take_creates(&self) -> u64 {
        self.creates.swap(0, Ordering::Relaxed)
    }
}

/// A connection that searches: the pooled resource.
#[derive(Debug, Pooled)]
#[pooled(create = Self::open(&Database) -> rusqlite::Result<Self>)]
pub(crate) struct Connection(rusqlite::Connection);

impl Connection {
    /// Opens a connection.
    pub(crate) fn open(database: &Database) -> rusqlite::Result<Self> {
        database.creates.fetch_add(1, Ordering::Relaxed);
        // Whoever holds the connection is alone with it, so SQLite need not lock it, too.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        rusqlite::Connection::open_with_flags(&database.path, flags).map(Self)
    }

    /// Finds the files in which `word` occurs, in ascending order.
    ///
    /// The statement stays prepared in the connection: much of what sharing one saves.
    pub(crate) fn search(&mut self, word: &str) -> rusqlite::Result<Vec<FileId>> {
        let mut select = self.0.prepare_cached(SEARCH)?;
        select.query_map([format!("\"{word}\"")], |row| row.get(0))?.collect()
    }
}

/// The one connection that writes, before any other is opened.
#[derive(Debug)]
pub(crate) struct Writer(rusqlite::Connection);

impl Writer {
    /// Makes the database.
    pub(crate) fn create(database: &Database) -> rusqlite::Result<Self> {
        let connection = rusqlite::Connection::open(&database.path)?;
        connection.execute_batch(CREATE)?;
        Ok(Self(connection))
    }

    /// Indexes a file's text.
    pub(crate) fn insert(&mut self, file: FileId, text: &str) -> rusqlite::Result<()> {
        self.0.prepare_cached(INSERT)?.execute((file, text))?;
        Ok(())
    }

    /// Makes all of it visible to other connections.
    pub(crate) fn finish(self) -> rusqlite::Result<()> {
        self.0.execute_batch("COMMIT")?;
        self.0.close().map_err(|(_, error)| error)
    }
}

// The `ascii` tokenizer's rules are short enough to follow exactly in `words.rs`. The texts
// themselves are not asked for, hence not stored. No journal: a database that was not finished is
// thrown away.
const CREATE: &str = "\
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE VIRTUAL TABLE file USING fts5(text, tokenize = 'ascii', content = '');
    BEGIN;";
const INSERT: &str = "INSERT INTO file (rowid, text) VALUES (?1, ?2)";
const SEARCH: &str = "SELECT rowid FROM file WHERE file MATCH ?1 ORDER BY rowid";
