//! `recycle` returns a `Result`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, recycle = Self::is_open)]
struct Connection;

impl Connection {
    fn is_open(&self) -> bool {
        true
    }
}

fn main() {}
