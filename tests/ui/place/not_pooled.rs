//! What a pool lends is `Pooled`.
use pool_tokio::Pool;

struct Connection;

struct Service {
    connections: Pool<Connection>,
}

fn main() {}
