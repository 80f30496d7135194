//! A derive needs a constructor.
use pool_tokio::Pooled;

#[derive(Pooled)]
struct Connection;

fn main() {}
