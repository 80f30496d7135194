//! The config's type is named.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect(_))]
struct Connection;

fn main() {}
