//! A marked close handles its errors itself.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn new() -> Self {
        Self
    }
    #[close]
    async fn quit(self) -> std::io::Result<()> {
        Ok(())
    }
}
struct Connection;
fn main() {}
