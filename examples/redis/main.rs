//! Pooled Redis connections, each its holder's alone.
//!
//! ```text
//! cargo run -p pool-example-redis
//! ```
//!
//! Starts a server of its own on loopback. `connection.rs` is what to copy.

mod connection;

use std::error::Error;
use std::process::ExitCode;

use pool_test_servers::Redis;
use pool_tokio::Pool;
use redis::{AsyncCommands, Client, RedisResult, cmd, pipe};
use tokio::task::JoinSet;

use self::connection::Connection;

fn main() -> ExitCode {
    pool_test_servers::run(async {
        let server = Redis::start().await?; // yours is elsewhere: "redis://.."
        let client = Client::open(server.url())?;
        let pool = Pool::<Connection>::builder(client).max_size(4).build()?;
        count_together(&pool).await?;
        leave_a_watch(&pool).await?;
        lose_connections(&pool).await?;

        pool.close().await;
        println!("closed; pool {}", pool.status());
        Ok(())
    })
}

/// Many tasks add to one number, each by a transaction that starts again if another was quicker.
async fn count_together(pool: &Pool<Connection>) -> Result<(), Box<dyn Error>> {
    let mut tasks = JoinSet::new();
    for _ in 0..200 {
        let pool = pool.clone();
        tasks.spawn(async move { pool.get().await.ok()?.increment("visits").await.ok() });
    }
    let tries = tasks.join_all().await.into_iter().flatten().sum::<u32>();
    let visits: u32 = pool.get().await?.redis().get("visits").await?;
    let created = pool.counters().created;
    println!("{visits} visits are counted in {tries} tries, by {created} connections");
    Ok(())
}

impl Connection {
    /// Adds one, as a program would that can't leave the sum to the server; in how many tries.
    async fn increment(&mut self, key: &str) -> RedisResult<u32> {
        for attempt in 1.. {
            cmd("WATCH").arg(key).exec_async(self.redis()).await?;
            let value: Option<u32> = self.redis().get(key).await?;
            let mut change = pipe();
            change.atomic().set(key, value.unwrap_or(0) + 1).ignore();
            // Nil if the key has changed since it was watched.
            let done: Option<()> = change.query_async(self.redis()).await?;
            if done.is_some() {
                return Ok(attempt);
            }
        }
        unreachable!("attempts are without end")
    }
}

/// A holder that gives up between `WATCH` and `EXEC`: nobody else's transaction fails for it.
async fn leave_a_watch(pool: &Pool<Connection>) -> Result<(), Box<dyn Error>> {
    let mut connection = pool.get().await?;
    cmd("WATCH").arg("visits").exec_async(connection.redis()).await?;
    cmd("MULTI").exec_async(connection.redis()).await?;
    drop(connection);

    let mut holders = Vec::new();
    for _ in 0..4 {
        holders.push(pool.get().await?); // all there are, so that one of them is the one
    }
    for connection in &mut holders {
        let () = connection.redis().incr("visits", 1).await?;
    }
    println!("all {} connections count on, after a transaction that was left open", holders.len());
    Ok(())
}

/// The server ends the connections of all others; who gets one of them notices, and is given another.
async fn lose_connections(pool: &Pool<Connection>) -> Result<(), Box<dyn Error>> {
    let mut spared = pool.get().await?;
    let mut kill = cmd("CLIENT");
    kill.arg("KILL").arg("TYPE").arg("normal").arg("SKIPME").arg("yes");
    let ended: u32 = kill.query_async(spared.redis()).await?;
    let before = pool.counters().created;
    let visits: u32 = pool.get().await?.redis().get("visits").await?;
    let created = pool.counters().created - before;
    println!(
        "{ended} connections were ended, {created} was created, and {visits} visits are known"
    );
    Ok(())
}
