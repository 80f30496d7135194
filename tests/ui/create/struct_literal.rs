//! A closure makes a value.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self { size: 4 })]
struct Buffer {
    size: usize,
}

fn main() {}
