//! An option that is almost one is asked about.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, on_close = Self::quit)]
struct Connection;

fn main() {}
