//! A resource has a constructor.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(reusable = Self::is_open)]
struct Connection;

impl Connection {
    fn is_open(&self) -> bool {
        true
    }
}

fn main() {}
