//! One function is marked as the close, not two.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn new() -> Self {
        Self
    }
    #[close]
    fn quit(self) {}
    #[close]
    fn leave(self) {}
}
struct Connection;
fn main() {}
