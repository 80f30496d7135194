//! One function is marked as the constructor.
#[pool_tokio::pooled]
impl Connection {
    fn new() -> Self {
        Self
    }
}

struct Connection;

fn main() {}
