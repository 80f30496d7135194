//! `SQLite`: a file in a folder.
//!
//! It works in the thread that asks it, for microseconds or, in a large folder, for milliseconds. Hence
//! [`block_in_place`]: another thread carries on with the runtime's tasks meanwhile, and all connections
//! of the pool can be at work at the same time, however few the cores. Without it, a small folder's
//! queries are answered two to three times as fast, and all other tasks stand still. `spawn_blocking` is
//! about as fast; the item would move into its closure and back, as an [`Item`](pool_tokio::Item) owns
//! what it lends.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pool_tokio::Pooled;
use rusqlite::{Error, OpenFlags, Result};
use tokio::task::block_in_place;

use super::super::words::FileId;
use super::{Database, Index, Search};

/// Where the database is: what a connection needs to be opened.
#[derive(Clone, Debug)]
pub(crate) struct Sqlite {
    path: PathBuf,
    /// Connections opened. Counted where it happens, so that no pool has to be believed.
    creates: Arc<AtomicU64>,
}

impl Sqlite {
    /// The database in a folder, whether or not it is there.
    pub(crate) fn within(folder: &Path) -> Self {
        Self { path: folder.join("index.sqlite"), creates: Arc::default() }
    }
}

impl Database for Sqlite {
    type Error = Error;
    type Connection = Connection;
    type Writer = Writer;

    async fn create(&self) -> Result<Writer> {
        block_in_place(|| {
            let connection = rusqlite::Connection::open(&self.path)?;
            connection.execute_batch(CREATE)?;
            Ok(Writer(connection))
        })
    }

    fn take_creates(&self) -> u64 {
        self.creates.swap(0, Ordering::Relaxed)
    }
}

/// A connection that searches: the pooled resource.
#[derive(Debug, Pooled)]
#[pooled(create = Self::open(&Sqlite) -> Result<Self>)]
pub(crate) struct Connection(rusqlite::Connection);

impl Connection {
    fn open(database: &Sqlite) -> Result<Self> {
        database.creates.fetch_add(1, Ordering::Relaxed);
        // Whoever holds the connection is alone with it, so SQLite need not lock it, too.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        block_in_place(|| rusqlite::Connection::open_with_flags(&database.path, flags)).map(Self)
    }
}

impl Search<Error> for Connection {
    /// The statement stays prepared in the connection: much of what sharing one saves.
    async fn search(&mut self, word: &str) -> Result<Vec<FileId>> {
        block_in_place(|| {
            let mut select = self.0.prepare_cached(SEARCH)?;
            select.query_map([format!("\"{word}\"")], |row| row.get(0))?.collect()
        })
    }
}

/// The one connection that writes, before any other is opened.
#[derive(Debug)]
pub(crate) struct Writer(rusqlite::Connection);

impl Index<Error> for Writer {
    async fn insert(&mut self, file: FileId, text: &str) -> Result<()> {
        block_in_place(|| self.0.prepare_cached(INSERT)?.execute((file, text))).map(drop)
    }

    async fn finish(self) -> Result<()> {
        block_in_place(|| {
            self.0.execute_batch("COMMIT")?;
            self.0.close().map_err(|(_, error)| error)
        })
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
