//! The shortest way to a pool: a type that says how it is created, checked and closed.
//!
//! ```text
//! cargo run --example quickstart
//! ```

use pool_tokio::{Pool, Pooled};
use std::{error::Error, io, net::SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

#[derive(Pooled)]
#[pooled(create = async Self::connect(&SocketAddr) -> io::Result<Self>,
         recycle = async Self::ping, close = async Self::quit)]
struct Connection(TcpStream);

impl Connection {
    async fn connect(server: &SocketAddr) -> io::Result<Self> {
        TcpStream::connect(server).await.map(Self)
    }

    async fn ping(&mut self) -> io::Result<()> {
        self.0.write_all(b"ping").await?; // the health check, before it is lent again
        self.0.read_exact(&mut [0; 4]).await.map(drop)
    }

    async fn quit(mut self) {
        self.0.shutdown().await.ok();
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = TcpListener::bind("127.0.0.1:0").await?; // stands for yours, and echoes
    let pool = Pool::<Connection>::builder(server.local_addr()?).max_size(8).build()?;
    tokio::spawn(async move {
        let (mut accepted, _) = server.accept().await?;
        let (mut received, mut sent) = accepted.split();
        copy(&mut received, &mut sent).await
    });

    let mut connection = pool.get().await?; // connects, as none is idle
    connection.0.write_all(b"hello").await?;
    connection.0.read_exact(&mut [0; 5]).await?;
    drop(connection); // returned to the pool
    let _again = pool.get().await?; // the same one, pinged
    println!("{}", pool.status()); // size 1 of 8: 0 idle, 1 in use, ..
    Ok(())
}
