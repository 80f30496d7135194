//! `#[pooled]` on an impl block: what is marked says all that is to be known.
use std::io;

use pool_tokio::{Pooled, pooled};

#[derive(Pooled)]
struct Connection;

#[pooled]
impl Connection {
    #[create]
    async fn connect(_address: &String) -> io::Result<Self> {
        Ok(Self)
    }

    #[recycle]
    async fn ping(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn main() {}
