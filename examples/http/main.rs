//! Pooled HTTP/1 connections that are kept alive.
//!
//! ```text
//! cargo run -p pool-example-http
//! ```
//!
//! Starts a server of its own on loopback, `server.rs`. `connection.rs` is what to copy.

mod connection;
mod server;

use std::collections::HashSet;
use std::error::Error;

use hyper::body::Bytes;
use pool_tokio::{Item, Pool};
use tokio::task::JoinSet;

use self::connection::Connection;
use self::server::Server;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome {
    let server = Server::start().await?;
    let pool = Pool::<Connection>::builder(server.address()).max_size(4).build()?;
    ask_much(&pool).await?;
    be_turned_away(&pool).await?;
    be_hung_up_on(&pool, &server).await?;

    pool.close().await;
    server.until_open(0).await;
    println!("closed; pool {}", pool.status());
    Ok(())
}

/// Many requests, few connections.
async fn ask_much(pool: &Pool<Connection>) -> Outcome {
    let mut tasks = JoinSet::new();
    for _ in 0..1000 {
        let pool = pool.clone();
        tasks.spawn(async move { fetch(&pool, "/port").await });
    }
    let answers = tasks.join_all().await.into_iter().collect::<Outcome<Vec<_>>>()?;
    let ports = answers.iter().collect::<HashSet<_>>().len();
    println!("{} answers came by {ports} connections", answers.len());
    Ok(())
}

/// The server says that this was the last answer on that connection: it is not lent again.
async fn be_turned_away(pool: &Pool<Connection>) -> Outcome {
    let before = pool.counters().ended;
    let last = fetch(pool, "/last").await?;
    while pool.counters().ended == before {
        tokio::task::yield_now().await; // its end is on its way
    }
    for _ in 0..8 {
        assert_ne!(fetch(pool, "/port").await?, last);
    }
    println!("the connection of port {} was not used again", str::from_utf8(&last)?);
    Ok(())
}

/// The server hangs up on everybody: who asks next is given another connection.
async fn be_hung_up_on(pool: &Pool<Connection>, server: &Server) -> Outcome {
    let before = pool.counters().created;
    server.hang_up().await;
    let port = fetch(pool, "/port").await?;
    let created = pool.counters().created - before;
    println!(
        "port {} was answered after that, {created} connection created",
        str::from_utf8(&port)?
    );
    Ok(())
}

/// Fetches a page. A get may be repeated, so it is, where a connection was gone without our knowledge.
async fn fetch(pool: &Pool<Connection>, path: &str) -> Outcome<Bytes> {
    let mut tries = 1 + pool.settings().max_size;
    loop {
        let mut connection = pool.get().await?;
        match connection.get(path).await {
            Err(_) if tries > 1 => Item::discard(connection),
            answer => return Ok(answer?),
        }
        tries -= 1;
    }
}
