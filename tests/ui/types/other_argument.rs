//! The declared argument is the one that the constructor takes.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect(&u16))]
struct Connection;

impl Connection {
    fn connect(_: &String) -> Self {
        Self
    }
}

fn main() {}
