//! `recycle`, the health check of a used resource, has the error type of the constructor.
use std::io;

use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || -> io::Result<Self> { Ok(Self) }, recycle = async Self::ping)]
struct Connection;

impl Connection {
    async fn ping(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn main() {}
