//! The named function exists, under that path.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect())]
struct Connection;

fn main() {}
