//! Paths are written without quotes.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = "Self::new")]
struct Connection;

fn main() {}
