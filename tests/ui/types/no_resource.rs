//! A constructor returns the resource, or a `Result` of it.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::find() -> Option<Self>)]
struct Connection;

fn main() {}
