//! Nothing is awaited when an item is dropped.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn new() -> Self {
        Self
    }
    #[reusable]
    async fn is_open(&self) -> bool {
        true
    }
}
struct Connection;
fn main() {}
