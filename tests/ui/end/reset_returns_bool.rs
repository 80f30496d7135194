//! `reset` returns a `Result`, or nothing.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, reset = Self::clear)]
struct Connection;

impl Connection {
    fn clear(&mut self) -> bool {
        true
    }
}

fn main() {}
