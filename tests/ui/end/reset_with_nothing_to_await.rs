//! A function that returns no future has no `async` in front.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, reset = async Self::clear)]
struct Connection;

impl Connection {
    fn clear(&mut self) {}
}

fn main() {}
