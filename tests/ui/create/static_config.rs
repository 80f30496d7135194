//! A create only borrows the config.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect(&'static str))]
struct Connection;

fn main() {}
