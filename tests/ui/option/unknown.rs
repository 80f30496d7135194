//! An option has one of the known names.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::new(), recyle = Self::ping)]
struct Connection;

impl Connection {
    fn new() -> Self {
        Self
    }
}

fn main() {}
