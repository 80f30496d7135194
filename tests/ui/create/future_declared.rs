//! Behind `->` stands what the future gives.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect() -> impl Future<Output = Connection>)]
struct Connection;

fn main() {}
