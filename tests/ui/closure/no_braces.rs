//! The body of a closure with `->` needs braces.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || -> Result<Self, String> Ok(Self))]
struct Connection;

fn main() {}
