//! Pooled `SQLite` connections, whose calls block, under tokio.
//!
//! ```text
//! cargo run -p pool-example-sqlite
//! ```
//!
//! Needs no server. `connection.rs` is what to copy.

mod connection;

use std::error::Error;
use std::fs;
use std::path::Path;

use pool_tokio::Pool;
use rusqlite::{Connection as Sqlite, TransactionBehavior};
use tokio::task::JoinSet;

use self::connection::{Connection, on};

type Outcome = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bank.sqlite");
    let pool = Pool::<Connection>::builder(path.clone()).max_size(4).build()?;
    on(pool.get().await?, |sqlite| sqlite.execute_batch(BANK)).await?;

    transfer_much(&pool).await?;
    leave_a_transaction_open(&pool).await?;
    restore_a_backup(&pool, &path).await?;

    pool.close().await;
    println!("closed; pool {}", pool.status());
    Ok(())
}

const BANK: &str = "\
    CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0));
    INSERT INTO account VALUES (1, 1000), (2, 1000), (3, 1000);";

/// Many tasks move money between three accounts; those that would overdraw one are refused.
async fn transfer_much(pool: &Pool<Connection>) -> Outcome {
    let mut tasks = JoinSet::new();
    for number in 0..300 {
        let pool = pool.clone();
        tasks.spawn(async move {
            let (from, to) = (number % 3 + 1, (number + 1 + number / 150) % 3 + 1);
            on(pool.get().await.ok()?, move |sqlite| transfer(sqlite, from, to, 400)).await.ok()
        });
    }
    let done = tasks.join_all().await.into_iter().flatten().count();
    let (sum, created) = (total(pool).await?, pool.counters().created);
    println!("{done} of 300 transfers were possible; {sum} is still there; {created} connections");
    Ok(())
}

/// `rusqlite`'s own transaction rolls back when it is dropped.
fn transfer(sqlite: &mut Sqlite, from: i64, to: i64, amount: i64) -> rusqlite::Result<()> {
    let transaction = sqlite.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.prepare_cached(CHANGE)?.execute((to, amount))?;
    transaction.prepare_cached(CHANGE)?.execute((from, -amount))?;
    transaction.commit()
}

const CHANGE: &str = "UPDATE account SET balance = balance + ?2 WHERE id = ?1";

/// A holder that begins by hand and gives up halfway: the pool rolls back.
async fn leave_a_transaction_open(pool: &Pool<Connection>) -> Outcome {
    on(pool.get().await?, |sqlite| {
        sqlite.execute_batch("BEGIN; UPDATE account SET balance = balance + 1000000")
    })
    .await?;
    println!("{} is there after a transaction that was left open", total(pool).await?);
    Ok(())
}

/// Somebody replaces the file below the pool: connections to the old one are found out, and replaced, too.
async fn restore_a_backup(pool: &Pool<Connection>, path: &Path) -> Outcome {
    let backup = path.with_extension("backup");
    on(pool.get().await?, {
        let backup = backup.display().to_string();
        move |sqlite| sqlite.execute("VACUUM INTO ?1", [backup]).map(drop)
    })
    .await?;
    on(pool.get().await?, |sqlite| sqlite.execute_batch("UPDATE account SET balance = 0")).await?;
    for log in ["sqlite-wal", "sqlite-shm"] {
        fs::remove_file(path.with_extension(log))?; // those of the old file are not for the backup
    }
    fs::rename(backup, path)?;
    println!("{} is there in the backup", total(pool).await?);
    Ok(())
}

async fn total(pool: &Pool<Connection>) -> Result<i64, Box<dyn Error>> {
    let sum = "SELECT sum(balance) FROM account";
    Ok(on(pool.get().await?, move |sqlite| sqlite.query_row(sum, [], |row| row.get(0))).await?)
}
