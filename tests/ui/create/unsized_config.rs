//! The pool keeps the config: its type has a size.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect(&str))]
struct Connection;

fn main() {}
