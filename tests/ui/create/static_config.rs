//! The config is lent for one create.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect(&'static str))]
struct Connection;

fn main() {}
