//! A reset that is awaited has `async` in front.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, reset = Self::roll_back)]
struct Connection;

impl Connection {
    async fn roll_back(&mut self) {}
}

fn main() {}
