//! The type after `->` is the output of a boxed future, too, not the future.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect() -> Pin<Box<dyn Future<Output = Self>>>)]
struct Connection;

fn main() {}
