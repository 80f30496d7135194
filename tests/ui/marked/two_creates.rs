//! One function is marked as the constructor, not two.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn new() -> Self {
        Self
    }

    #[create]
    fn other() -> Self {
        Self
    }
}
struct Connection;
fn main() {}
