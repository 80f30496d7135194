//! A function is named by its path.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = fn connect() -> Self)]
struct Connection;

fn main() {}
