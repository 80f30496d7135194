//! Behind `->` stands what a boxed future gives, too.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect() -> Pin<Box<dyn Future<Output = Self>>>)]
struct Connection;

fn main() {}
