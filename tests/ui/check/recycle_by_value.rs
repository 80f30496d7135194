//! A health check borrows the resource: it takes `&self` or `&mut self`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || -> std::io::Result<Self> { Ok(Self) }, recycle = Self::ping)]
struct Connection;

impl Connection {
    fn ping(self) -> std::io::Result<()> {
        Ok(())
    }
}

fn main() {}
