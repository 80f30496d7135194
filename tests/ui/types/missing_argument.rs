//! The declaration has the constructor's argument.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect())]
struct Connection;

impl Connection {
    fn connect(_: &String) -> Self {
        Self
    }
}

fn main() {}
