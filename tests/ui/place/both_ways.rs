//! A constructor is declared one way: by an option or by a marker.
use pool_tokio::{Pooled, pooled};

#[derive(Pooled)]
#[pooled(create = Self::new())]
struct Connection;

#[pooled]
impl Connection {
    #[create]
    fn new() -> Self {
        Self
    }
}
fn main() {}
