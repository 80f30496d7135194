//! A constructor takes one argument.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect(&String, &u16))]
struct Connection;

fn main() {}
