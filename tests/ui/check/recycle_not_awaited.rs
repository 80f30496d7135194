//! A health check that is awaited has `async` in front.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || -> std::io::Result<Self> { Ok(Self) }, recycle = Self::ping)]
struct Connection;

impl Connection {
    async fn ping(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn main() {}
