//! The `sqlite` example: what the pool does to connections, and the program as a user runs it.

mod connection;

use std::collections::HashSet;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use pool_tokio::Pool;
use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::connection::{Connection, on};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::test]
async fn a_connection_is_reused_on_threads_that_may_be_blocked() -> Outcome {
    let (_folder, pool) = start()?;
    let own = thread::current().id();
    for _ in 0..10 {
        let (changes, thread) = on(pool.get().await?, |sqlite| {
            sqlite.execute("INSERT INTO note VALUES (1)", [])?;
            Ok((sqlite.total_changes(), thread::current().id()))
        })
        .await?;
        assert!(changes > 0);
        assert_ne!(thread, own);
    }
    // Counted by the connection itself.
    assert_eq!(on(pool.get().await?, |sqlite| Ok(sqlite.total_changes())).await?, 10);
    assert_eq!(pool.counters().created, 1);
    Ok(())
}

/// By `spawn_blocking`, its connect would wait for the only thread, which waits for its connect.
#[test]
fn a_thread_that_waits_for_a_connection_opens_it_itself() -> Outcome {
    let runtime = Builder::new_current_thread().enable_time().max_blocking_threads(1).build()?;
    runtime.block_on(async {
        let (_folder, pool) = start()?;
        let is_open = spawn_blocking(move || pool.get_blocking().is_ok());
        assert!(timeout(Duration::from_secs(5), is_open).await??);
        Ok(())
    })
}

#[tokio::test]
async fn an_open_transaction_is_rolled_back_before_the_next_holder() -> Outcome {
    let (_folder, pool) = start()?;
    on(pool.get().await?, |sqlite| {
        sqlite.execute_batch("CREATE TEMP TABLE mark (id); BEGIN; INSERT INTO note VALUES (1)")
    })
    .await?;
    on(pool.get().await?, |sqlite| {
        assert!(sqlite.is_autocommit(), "a transaction is open");
        let marks: u32 = sqlite.query_row("SELECT count(*) FROM mark", [], |row| row.get(0))?;
        assert_eq!(marks, 0, "the same connection, with its temporary table");
        Ok(())
    })
    .await?;
    assert_eq!(notes(&pool).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_connection_to_a_file_that_was_replaced_is_not_lent() -> Outcome {
    let (folder, pool) = start()?;
    on(pool.get().await?, |sqlite| sqlite.execute_batch("INSERT INTO note VALUES (1)")).await?;
    assert_eq!(notes(&pool).await?, 1);
    let path = folder.path().join("notes.sqlite");
    for file in names(folder.path())? {
        fs::remove_file(folder.path().join(file))?;
    }
    rusqlite::Connection::open(&path)?.execute_batch(NOTES)?;

    assert_eq!(notes(&pool).await?, 0, "of the file that is there");
    assert_eq!((pool.counters().created, pool.counters().ended), (2, 1));
    Ok(())
}

#[tokio::test]
async fn the_last_goodbye_writes_the_log_back_into_the_file() -> Outcome {
    let (folder, pool) = start()?;
    on(pool.get().await?, |sqlite| sqlite.execute_batch("INSERT INTO note VALUES (1)")).await?;
    let all = ["notes.sqlite", "notes.sqlite-shm", "notes.sqlite-wal"].map(String::from);
    assert_eq!(names(folder.path())?, HashSet::from(all));
    pool.close().await;
    assert_eq!(names(folder.path())?, HashSet::from(["notes.sqlite".into()]));
    Ok(())
}

#[test]
fn the_program_succeeds_and_cleans_up() -> Outcome {
    let temporary = tempfile::tempdir()?;
    let program = env!("CARGO_BIN_EXE_pool-example-sqlite");
    let output = Command::new(program).env("TMPDIR", temporary.path()).output()?;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = String::from_utf8(output.stdout)?;
    assert!(printed.contains("of 300 transfers were possible; 3000 is still there"), "{printed}");
    assert!(
        printed.contains("\n3000 is there after a transaction that was left open\n"),
        "{printed}"
    );
    assert!(printed.contains("\n3000 is there in the backup\n"), "{printed}");
    let end = "size 0 of 4: 0 idle, 0 in use, 0 creating, 0 closing; 0 waiting\n";
    assert!(printed.ends_with(end), "{printed}");
    assert_eq!(fs::read_dir(temporary.path())?.count(), 0, "the database is gone");
    Ok(())
}

/// A database with a table, and a pool of one connection.
fn start() -> Outcome<(TempDir, Pool<Connection>)> {
    let folder = tempfile::tempdir()?;
    rusqlite::Connection::open(folder.path().join("notes.sqlite"))?.execute_batch(NOTES)?;
    let path = folder.path().join("notes.sqlite");
    let pool = Pool::<Connection>::builder(path).max_size(1).build()?;
    Ok((folder, pool))
}

const NOTES: &str = "CREATE TABLE note (id INTEGER)";

async fn notes(pool: &Pool<Connection>) -> Outcome<u32> {
    let count = "SELECT count(*) FROM note";
    Ok(on(pool.get().await?, move |sqlite| sqlite.query_row(count, [], |row| row.get(0))).await?)
}

fn names(folder: &Path) -> Outcome<HashSet<String>> {
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}
