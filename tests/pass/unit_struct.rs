//! A unit struct is a resource, too.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self)]
struct Turn;

fn main() {}
