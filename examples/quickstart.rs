//! The shortest way to a pool: a type that says how it is created.
//!
//! ```text
//! cargo run --example quickstart
//! ```

use pool_tokio::{Pool, Pooled};
use std::{io, net::SocketAddr};

#[derive(Pooled)]
#[pooled(create = async open(&SocketAddr) -> io::Result<Self>)]
struct Socket(tokio::net::UdpSocket);

async fn open(address: &SocketAddr) -> io::Result<Socket> {
    tokio::net::UdpSocket::bind(address).await.map(Socket)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = Pool::<Socket>::builder("127.0.0.1:0".parse()?).max_size(4).build()?;
    let socket = pool.get().await?; // waits its turn; goes home when it is dropped
    println!("lent: {}; pool: {}", socket.0.local_addr()?, pool.status());
    Ok(())
}
