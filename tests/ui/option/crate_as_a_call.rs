//! The path of the library is a path.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(crate = pool_tokio(), create = || Self)]
struct Connection;

fn main() {}
