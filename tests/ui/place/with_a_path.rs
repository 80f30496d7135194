//! The annotation of a derive has no path.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pool_tokio::pooled(create = || Self)]
struct Connection;

fn main() {}
