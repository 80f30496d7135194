//! A marked function has no generic parameters of its own.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn new<C: Send>(_: &C) -> Self {
        Self
    }
}

struct Connection;

fn main() {}
