//! A closure that looks at the resource takes nothing else.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, reusable = |connection, config| true)]
struct Connection;

fn main() {}
