//! `#[pooled]` goes on a type or on an impl block.
use pool_tokio::pooled;

#[pooled]
fn connect() {}

fn main() {}
