//! The pool keeps the config: a slice is kept as a `Vec`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect(&[u8]))]
struct Connection;

fn main() {}
