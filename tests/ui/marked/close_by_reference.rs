//! A marked close takes the resource by value.
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
