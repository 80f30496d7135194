//! An async closure that can fail declares its error.
use std::io;

use pool_tokio::Pooled;

struct Config {
    address: String,
}

#[derive(Pooled)]
#[pooled(create = async |Config { address }: &Config| -> io::Result<Self> {
    Ok(Self(tokio::net::TcpStream::connect(address).await?))
})]
struct Connection(tokio::net::TcpStream);

fn main() {}
