//! A derive needs to know the constructor.
use pool_tokio::Pooled;

#[derive(Pooled)]
struct Connection;

fn main() {}
