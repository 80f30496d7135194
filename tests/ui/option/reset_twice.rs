//! Every option is given once.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, reset = Self::clear, reset = Self::wipe)]
struct Connection;

fn main() {}
