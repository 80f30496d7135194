//! `#[pooled]` on a type needs the derive.
use pool_tokio::pooled;

#[pooled(create = || Self)]
struct Connection;

fn main() {}
