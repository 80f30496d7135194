//! A reset has the error type of the constructor.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, reset = Self::clear)]
struct Connection;

impl Connection {
    fn clear(&mut self) -> Result<(), String> {
        Ok(())
    }
}

fn main() {}
