//! Pooled `PostgreSQL` connections, with statements that stay prepared.
//!
//! ```text
//! cargo run -p pool-example-postgres
//! ```
//!
//! Starts a server of its own on loopback. `connection.rs` is what to copy.

mod connection;

use std::error::Error;
use std::process::ExitCode;

use pool_test_servers::{ADMIN, Postgres};
use pool_tokio::Pool;
use tokio::task::JoinSet;

use self::connection::Connection;

fn main() -> ExitCode {
    pool_test_servers::run(async {
        let server = Postgres::start(&[]).await?; // yours is elsewhere: "host=.. user=..".parse()?
        let table = "CREATE TABLE orders (id bigserial PRIMARY KEY, amount bigint NOT NULL)";
        server.connect(ADMIN).await?.batch_execute(table).await?;

        let pool = Pool::<Connection>::builder(server.config(ADMIN)).max_size(4).build()?;
        take_orders(&pool).await?;
        leave_a_transaction_open(&pool).await?;
        lose_connections(&pool).await?;

        pool.close().await;
        println!("closed; pool {}", pool.status());
        Ok(())
    })
}

/// Many tasks, few connections, and each connection prepares once.
async fn take_orders(pool: &Pool<Connection>) -> Result<(), Box<dyn Error>> {
    let mut tasks = JoinSet::new();
    for amount in 1..=1000 {
        let pool = pool.clone();
        tasks.spawn(async move { pool.get().await.ok()?.add(amount).await.ok() });
    }
    let taken = tasks.join_all().await.into_iter().flatten().count();
    let sum = "SELECT sum(amount)::bigint FROM orders";
    let sum: i64 = pool.get().await?.client().query_one_scalar(sum, &[]).await?;
    println!("{taken} orders of {sum} in all, by {} connections", pool.counters().created);
    Ok(())
}

/// A holder that gives up halfway: what it had not committed is rolled back before anybody else is lent
/// the connection.
async fn leave_a_transaction_open(pool: &Pool<Connection>) -> Result<(), Box<dyn Error>> {
    let mut connection = pool.get().await?;
    connection
        .client()
        .batch_execute("BEGIN; DELETE FROM orders; SET TimeZone = 'Asia/Tokyo'")
        .await?;
    drop(connection);

    let query = "SELECT count(*) FROM orders";
    let left: i64 = pool.get().await?.client().query_one_scalar(query, &[]).await?;
    println!("{left} orders are left after a DELETE that was never committed");
    Ok(())
}

/// The server ends the connections of all others; who gets one of them notices, and is given another.
async fn lose_connections(pool: &Pool<Connection>) -> Result<(), Box<dyn Error>> {
    let mut spared = pool.get().await?;
    let others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                  WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
    let ended: i64 = spared.client().query_one_scalar(others, &[]).await?;
    let before = pool.counters().created;
    let number = pool.get().await?.add(1).await?;
    let created = pool.counters().created - before;
    println!("{ended} connections were ended, {created} was created, and order {number} taken");
    Ok(())
}
