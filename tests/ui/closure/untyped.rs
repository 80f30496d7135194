//! The closure that creates says what the config is.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = |config| Self)]
struct Connection;

fn main() {}
