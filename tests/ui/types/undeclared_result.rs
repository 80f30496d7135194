//! A constructor that can fail declares its return type.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect())]
struct Connection;

impl Connection {
    fn connect() -> Result<Self, String> {
        Ok(Self)
    }
}

fn main() {}
