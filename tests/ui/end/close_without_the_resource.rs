//! A closure takes the resource, even if it does not use it.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, close = || println!("closed"))]
struct Connection;

fn main() {}
