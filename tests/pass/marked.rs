//! `#[pooled]` on an impl block: the marked functions are the whole declaration.
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
