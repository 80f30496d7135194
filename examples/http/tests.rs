//! The `http` example on its own server: what the pool does to connections, as the server sees it, and
//! the program as a user runs it.

mod connection;
mod server;

use std::error::Error;
use std::process::Command;
use std::time::Duration;

use pool_tokio::Pool;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::connection::Connection;
use crate::server::Server;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::test]
async fn a_connection_is_kept_alive_and_reused() -> Outcome {
    let (_server, pool) = start().await?;
    let port = pool.get().await?.get("/port").await?;
    for _ in 0..10 {
        assert_eq!(pool.get().await?.get("/port").await?, port);
    }
    assert_eq!(pool.counters().created, 1);
    Ok(())
}

#[tokio::test]
async fn a_connection_is_not_lent_after_the_servers_last_answer() -> Outcome {
    let (_server, pool) = start().await?;
    let port = pool.get().await?.get("/last").await?;
    assert_ne!(pool.get().await?.get("/port").await?, port);
    assert_eq!((pool.counters().created, pool.counters().ended), (2, 1));
    Ok(())
}

#[tokio::test]
async fn nobody_is_given_the_rest_of_an_answer_that_was_not_read() -> Outcome {
    let (_server, pool) = start().await?;
    let mut connection = pool.get().await?;
    let port = connection.get("/port").await?;
    let whole = connection.get("/long").await?.len();
    assert_eq!(whole, 1 << 24);
    let cut_short = timeout(Duration::from_millis(1), connection.get("/long")).await;
    assert!(cut_short.is_err(), "16 MiB in a millisecond");
    drop(connection);
    let other = pool.get().await?.get("/port").await?;
    assert!(other.len() <= 5 && other != port, "{} bytes", other.len());
    Ok(())
}

#[tokio::test]
async fn a_connection_that_the_server_hung_up_on_is_replaced() -> Outcome {
    let (server, pool) = start().await?;
    let port = pool.get().await?.get("/port").await?;
    server.hang_up().await;
    let noticed = async {
        while knows_open(&pool) {
            yield_now().await;
        }
    };
    timeout(PATIENCE, noticed).await?;
    assert_ne!(pool.get().await?.get("/port").await?, port);
    assert_eq!((pool.counters().created, pool.counters().ended), (2, 1));
    Ok(())
}

#[tokio::test]
async fn the_server_sees_the_connection_closed() -> Outcome {
    let (server, pool) = start().await?;
    pool.get().await?.get("/port").await?;
    timeout(PATIENCE, server.until_open(1)).await?;
    pool.close().await;
    timeout(PATIENCE, server.until_open(0)).await?;
    Ok(())
}

#[test]
fn the_program_succeeds() -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_pool-example-http")).output()?;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = String::from_utf8(output.stdout)?;
    assert!(printed.starts_with("1000 answers came by 4 connections\n"), "{printed}");
    assert!(printed.contains("was not used again"), "{printed}");
    assert!(printed.contains("was answered after that"), "{printed}");
    let end = "size 0 of 4: 0 idle, 0 in use, 0 creating, 0 closing; 0 waiting\n";
    assert!(printed.ends_with(end), "{printed}");
    Ok(())
}

const PATIENCE: Duration = Duration::from_secs(10);

/// A server, and a pool of one connection.
async fn start() -> Outcome<(Server, Pool<Connection>)> {
    let server = Server::start().await?;
    let pool = Pool::<Connection>::builder(server.address()).max_size(1).build()?;
    Ok((server, pool))
}

/// Whether the idle connection is open as far as it knows.
fn knows_open(pool: &Pool<Connection>) -> bool {
    let mut is_open = true;
    pool.retain(|connection, _| {
        is_open = connection.is_open();
        true
    });
    is_open
}
