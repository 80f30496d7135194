//! A marked close takes the resource itself.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn new() -> Self {
        Self
    }
    #[close]
    async fn quit(&mut self) {}
}

struct Connection;

fn main() {}
