//! The `redis` example on a server of its own: what the pool does to connections, as the server sees
//! it, and the program as a user runs it.

mod connection;

use std::error::Error;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use pool_test_servers::Redis;
use pool_tokio::{Item, Pool};
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, Client, RedisResult, Value, cmd};
use tokio::time::{sleep, timeout};

use crate::connection::Connection;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::test]
async fn a_connection_is_reused() -> Outcome {
    let (_server, _admin, pool) = start().await?;
    let client = id(&mut pool.get().await?).await?;
    for _ in 0..10 {
        assert_eq!(id(&mut pool.get().await?).await?, client);
    }
    assert_eq!(pool.counters().created, 1);
    Ok(())
}

#[tokio::test]
async fn a_watch_does_not_reach_the_next_holder() -> Outcome {
    let (_server, mut admin, pool) = start().await?;
    let mut connection = pool.get().await?;
    let client = id(&mut connection).await?;
    cmd("WATCH").arg("key").exec_async(connection.redis()).await?;
    drop(connection);

    let mut connection = pool.get().await?;
    assert_eq!(id(&mut connection).await?, client, "it was cleaned, not replaced");
    let () = admin.set("key", "changed").await?;
    cmd("MULTI").exec_async(connection.redis()).await?;
    let queued: String = connection.redis().incr("own", 1).await?;
    assert_eq!(queued, "QUEUED");
    let done: Value = cmd("EXEC").query_async(connection.redis()).await?;
    assert_eq!(done, Value::Array(vec![Value::Int(1)]), "nil, if the watch were still there");
    Ok(())
}

#[tokio::test]
async fn an_open_transaction_is_discarded() -> Outcome {
    let (_server, mut admin, pool) = start().await?;
    let mut connection = pool.get().await?;
    let client = id(&mut connection).await?;
    cmd("MULTI").exec_async(connection.redis()).await?;
    let queued: String = connection.redis().incr("key", 1).await?;
    assert_eq!(queued, "QUEUED");
    drop(connection);

    let mut connection = pool.get().await?;
    assert_eq!(id(&mut connection).await?, client, "a number, not QUEUED, from the same client");
    assert_eq!(admin.get::<_, Option<u32>>("key").await?, None);
    Ok(())
}

#[tokio::test]
async fn a_connection_that_the_server_has_ended_is_replaced() -> Outcome {
    let (_server, mut admin, pool) = start().await?;
    let ended = id(&mut pool.get().await?).await?;
    until_idle(&pool).await; // or its reset would be what fails
    let killed: u32 = kill(&mut admin, ended).await?;
    assert_eq!(killed, 1);
    until_clients(&mut admin, 1).await?;

    assert_ne!(id(&mut pool.get().await?).await?, ended);
    assert_eq!((pool.counters().created, pool.counters().ended), (2, 1));
    Ok(())
}

#[tokio::test]
async fn a_connection_that_is_blocked_is_not_lent() -> Outcome {
    let (_server, _admin, pool) = start().await?;
    let mut connection = pool.get().await?;
    let blocked = id(&mut connection).await?;
    let mut wait = cmd("BLPOP");
    wait.arg("nothing").arg(0);
    let answer = timeout(Duration::from_millis(20), wait.exec_async(connection.redis())).await;
    assert!(answer.is_err(), "nothing comes");
    drop(connection);
    assert_ne!(id(&mut pool.get().await?).await?, blocked);
    Ok(())
}

#[tokio::test]
async fn the_server_has_seen_the_goodbye_when_the_pool_is_closed() -> Outcome {
    let (_server, mut admin, pool) = start().await?;
    drop(pool.get().await?);
    until_clients(&mut admin, 2).await?;
    pool.close().await;
    let quits: String = cmd("INFO").arg("commandstats").query_async(&mut admin).await?;
    assert!(quits.contains("cmdstat_quit:calls=1,"), "{quits}");
    until_clients(&mut admin, 1).await
}

#[test]
fn the_program_succeeds_and_cleans_up() -> Outcome {
    let temporary = tempfile::tempdir()?;
    let output = Command::new(PROGRAM).env("TMPDIR", temporary.path()).output()?;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = String::from_utf8(output.stdout)?;
    assert!(printed.starts_with("200 visits are counted in "), "{printed}");
    assert!(
        printed.contains("3 connections were ended, 1 was created, and 204 visits"),
        "{printed}"
    );
    let end = "size 0 of 4: 0 idle, 0 in use, 0 creating, 0 closing; 0 waiting\n";
    assert!(printed.ends_with(end), "{printed}");
    assert_eq!(fs::read_dir(temporary.path())?.count(), 0, "the server's folder is gone");
    Ok(())
}

#[test]
fn without_a_server_the_program_says_how_to_install_one() -> Outcome {
    for (variable, value) in [("REDIS_SERVER", "/nowhere"), ("PATH", "")] {
        let output = Command::new(PROGRAM).env(variable, value).output()?;
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let told = String::from_utf8(output.stderr)?;
        assert!(told.contains("apt-get install redis-server"), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    Ok(())
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_pool-example-redis");
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(2);

/// A server, a client beside the pool, and a pool of one connection.
async fn start() -> Outcome<(Redis, MultiplexedConnection, Pool<Connection>)> {
    let server = Redis::start().await?;
    let client = Client::open(server.url())?;
    let admin = client.get_multiplexed_async_connection().await?;
    Ok((server, admin, Pool::<Connection>::builder(client).max_size(1).build()?))
}

async fn id(connection: &mut Item<Connection>) -> RedisResult<u64> {
    cmd("CLIENT").arg("ID").query_async(connection.redis()).await
}

async fn kill(admin: &mut MultiplexedConnection, client: u64) -> RedisResult<u32> {
    cmd("CLIENT").arg("KILL").arg("ID").arg(client).query_async(admin).await
}

/// Waits until the connection is reset.
async fn until_idle(pool: &Pool<Connection>) {
    let begun = Instant::now();
    while pool.status().idle == 0 {
        assert!(begun.elapsed() < PATIENCE, "it does not come home: {}", pool.status());
        sleep(PAUSE).await;
    }
}

/// Waits until the server has so many clients, the administrator included.
async fn until_clients(admin: &mut MultiplexedConnection, count: usize) -> Outcome {
    let begun = Instant::now();
    loop {
        let clients: String = cmd("CLIENT").arg("LIST").query_async(admin).await?;
        if clients.lines().count() == count {
            return Ok(());
        }
        assert!(begun.elapsed() < PATIENCE, "never {count} clients:\n{clients}");
        sleep(PAUSE).await;
    }
}
