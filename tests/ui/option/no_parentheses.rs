//! Options stand in parentheses.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled = "Self::new"]
struct Connection;

fn main() {}
