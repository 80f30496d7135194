//! On an impl block, functions are marked instead of named.
#[pool_tokio::pooled(create = Self::new())]
impl Connection {
    fn new() -> Self {
        Self
    }
}

struct Connection;

fn main() {}
