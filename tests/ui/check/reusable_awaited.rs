//! Nothing can be awaited when an item is dropped.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, reusable = async Self::is_open)]
struct Connection;

fn main() {}
