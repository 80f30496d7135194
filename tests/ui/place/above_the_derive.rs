//! `#[pooled]` goes below its derive.
use pool_tokio::Pooled;

#[pooled(create = || Self)]
#[derive(Pooled)]
struct Connection;

fn main() {}
