//! An option is about the resource: limits and timeouts are settings of the pool.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, max_size = 10)]
struct Connection;

fn main() {}
