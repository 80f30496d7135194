//! The path of the library is written without quotes.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(crate = "pool_tokio", create = || Self)]
struct Connection;

fn main() {}
