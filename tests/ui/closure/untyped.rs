//! The closure that creates declares the type of the config.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = |config| Self)]
struct Connection;

fn main() {}
