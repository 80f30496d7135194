//! An option is given once.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::new())]
#[pooled(create = Self::other())]
struct Connection;

fn main() {}
