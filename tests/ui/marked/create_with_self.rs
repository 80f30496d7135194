//! A marked constructor has no `self`.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn new(&self) -> Self {
        Self
    }
}

struct Connection;

fn main() {}
