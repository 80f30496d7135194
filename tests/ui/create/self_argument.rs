//! A constructor has no `self`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect(&self))]
struct Connection;

fn main() {}
