//! No caller receives the error of a close: it handles its errors itself.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, close = async Self::quit)]
struct Connection;

impl Connection {
    async fn quit(self) -> std::io::Result<()> {
        Ok(())
    }
}

fn main() {}
