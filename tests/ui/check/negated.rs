//! A check is a function, not an expression: a closure negates its answer.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, reusable = !Self::is_broken)]
struct Connection;

fn main() {}
