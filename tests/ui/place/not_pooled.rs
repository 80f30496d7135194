//! A pool needs a type that is `Pooled`.
use pool_tokio::Pool;

struct Connection;

struct Service {
    connections: Pool<Connection>,
}

fn main() {}
