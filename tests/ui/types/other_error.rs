//! The declared type is the one that the constructor returns.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect() -> std::io::Result<Self>)]
struct Connection;

impl Connection {
    fn connect() -> Result<Self, String> {
        Ok(Self)
    }
}

fn main() {}
