//! A constructor that takes nothing has the config `()`.
use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = Self::new())]
struct Buffer(Vec<u8>);

impl Buffer {
    fn new() -> Self {
        Self(Vec::with_capacity(4096))
    }
}

fn main() {
    Pool::<Buffer>::builder(()).build().unwrap();
}
