//! `async` comes before the closure, not inside it.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = |config: &Config| async move { Self })]
struct Connection;

struct Config;

fn main() {}
