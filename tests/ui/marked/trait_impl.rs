//! `#[pooled]` stands on the type's own functions.
#[pool_tokio::pooled]
impl Default for Connection {
    #[create]
    fn default() -> Self {
        Self
    }
}

struct Connection;

fn main() {}
