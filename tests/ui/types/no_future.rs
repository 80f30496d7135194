//! `async` stands in front of what is to be awaited, and of nothing else.
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
