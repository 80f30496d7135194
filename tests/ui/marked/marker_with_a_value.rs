//! A marker has no arguments.
#[pool_tokio::pooled]
impl Connection {
    #[create(async)]
    fn new() -> Self {
        Self
    }
}

struct Connection;

fn main() {}
