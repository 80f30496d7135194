//! The config is one type.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect(&impl AsRef<str>))]
struct Connection;

fn main() {}
