//! A constructor that is awaited has `async` in front.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect() -> Result<Self, String>)]
struct Connection;

impl Connection {
    async fn connect() -> Result<Self, String> {
        Ok(Self)
    }
}

fn main() {}
