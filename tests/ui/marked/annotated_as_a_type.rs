//! On an impl block, a function is marked by a word alone.
#[pool_tokio::pooled]
impl Connection {
    #[pooled(create)]
    fn new() -> Self {
        Self
    }
}

struct Connection;

fn main() {}
