//! An option tells of the resource, not of how many there are.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, max_size = 10)]
struct Connection;

fn main() {}
