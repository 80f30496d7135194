//! A closure says so where the outcome of a close does not matter.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, close = |connection| connection.quit())]
struct Connection;

impl Connection {
    fn quit(self) -> std::io::Result<()> {
        Ok(())
    }
}

fn main() {}
