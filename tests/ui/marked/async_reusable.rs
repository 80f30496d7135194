//! A marked quick check is not awaited.
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
