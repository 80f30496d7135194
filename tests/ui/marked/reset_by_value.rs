//! A marked reset borrows the resource.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn new() -> Self {
        Self
    }
    #[reset]
    fn clear(self) {}
}

struct Connection;

fn main() {}
