//! A marker has one of the known names.
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
