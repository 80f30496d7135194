//! A closure ignores the outcome of a close on purpose.
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
