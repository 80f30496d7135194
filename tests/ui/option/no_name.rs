//! An option has a name.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(Self::connect())]
struct Connection;

fn main() {}
