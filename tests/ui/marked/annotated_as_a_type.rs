//! On an impl block, a function is marked with one word.
#[pool_tokio::pooled]
impl Connection {
    #[pooled(create)]
    fn new() -> Self {
        Self
    }
}

struct Connection;

fn main() {}
