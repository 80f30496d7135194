//! A function is named, as it is called for each resource.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = async move { Self::connect().await })]
struct Connection;

fn main() {}
