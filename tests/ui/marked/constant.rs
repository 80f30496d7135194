//! Only a function can be marked.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    const NEW: Connection = Connection;

    #[create]
    fn new() -> Self {
        Self
    }
}

struct Connection;

fn main() {}
