//! A marked quick check borrows the resource.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn new() -> Self {
        Self
    }
    #[reusable]
    fn is_open(self) -> bool {
        true
    }
}
struct Connection;
fn main() {}
