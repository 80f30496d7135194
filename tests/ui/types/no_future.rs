//! A constructor that returns no future has no `async` in front.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = async Self::connect() -> Result<Self, String>)]
struct Connection;

impl Connection {
    fn connect() -> Result<Self, String> {
        Ok(Self)
    }
}

fn main() {}
