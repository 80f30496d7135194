//! A quick check is named by its path alone.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, reusable = Self::is_open())]
struct Connection;

fn main() {}
