//! A constructor returns an owned resource.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect() -> &'static Self)]
struct Connection;

fn main() {}
