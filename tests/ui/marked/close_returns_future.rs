//! A marked function that is awaited is an `async fn`.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn new() -> Self {
        Self
    }
    #[close]
    fn quit(self) -> impl Future<Output = ()> {
        async {}
    }
}
struct Connection;
fn main() {}
