//! A pool of what a closure makes: TCP connections to an echo server, which runs in here, too.
//!
//! ```text
//! cargo run --example from_fn
//! ```

use std::io;
use std::net::SocketAddr;

use pool_tokio::{FromFn, Item, Pool};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The type of such a pool, for a field or an argument.
type Connections = Pool<FromFn<TcpStream, io::Error>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = start_echo_server().await?;
    let pool: Connections =
        Pool::from_fn(move || TcpStream::connect(address)).max_size(8).build()?;

    let mut tasks = JoinSet::new();
    for number in 0..1000_u32 {
        let pool = pool.clone();
        tasks.spawn(async move { echo(&pool, number).await.is_ok_and(|back| back == number) });
    }
    let echoed = tasks.join_all().await.into_iter().filter(|&is_same| is_same).count();
    println!("{echoed} of 1000 numbers came back; pool {}", pool.status());
    Ok(())
}

/// Sends a number through any of the connections and returns what comes back.
async fn echo(pool: &Connections, number: u32) -> Result<u32, Box<dyn std::error::Error>> {
    let mut connection = pool.get().await?;
    let answer = ask(&mut connection, number).await;
    if answer.is_err() {
        Item::discard(connection); // broken: nobody else should get it
    }
    Ok(answer?)
}

async fn ask(connection: &mut TcpStream, number: u32) -> io::Result<u32> {
    connection.write_u32(number).await?;
    connection.read_u32().await
}

async fn start_echo_server() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = connection.split();
                copy(&mut read, &mut write).await
            });
        }
    });
    Ok(address)
}
