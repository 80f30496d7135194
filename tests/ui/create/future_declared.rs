//! The type after `->` is the output of the future, not the future.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect() -> impl Future<Output = Connection>)]
struct Connection;

fn main() {}
