//! `reusable` returns `bool`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, reusable = Self::check)]
struct Connection;

impl Connection {
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

fn main() {}
