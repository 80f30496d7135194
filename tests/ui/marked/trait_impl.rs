//! `#[pooled]` belongs on the type's own impl block.
#[pool_tokio::pooled]
impl Default for Connection {
    #[create]
    fn default() -> Self {
        Self
    }
}

struct Connection;

fn main() {}
