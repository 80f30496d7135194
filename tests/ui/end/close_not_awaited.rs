//! A close that is awaited has `async` in front.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, close = Self::quit)]
struct Connection;

impl Connection {
    async fn quit(self) {}
}

fn main() {}
