//! A constructor is declared, not called.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect("localhost:5432"))]
struct Connection;

fn main() {}
