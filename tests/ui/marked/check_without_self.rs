//! A marked health check borrows the resource.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn new() -> Self {
        Self
    }
    #[recycle]
    fn check() {}
}

struct Connection;

fn main() {}
