//! A constructor gives the resource away.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect() -> &'static Self)]
struct Connection;

fn main() {}
