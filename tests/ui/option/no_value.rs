//! An option has a value.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create)]
struct Connection;

fn main() {}
