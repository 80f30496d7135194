//! A marker is one that there is.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn new() -> Self {
        Self
    }
    #[rest]
    fn clear(&mut self) {}
}

struct Connection;

fn main() {}
