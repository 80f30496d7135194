//! A type comes after `->`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect() -> )]
struct Connection;

fn main() {}
