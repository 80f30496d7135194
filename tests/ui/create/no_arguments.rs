//! `create` is written with what the constructor takes.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::new)]
struct Connection;

fn main() {}
