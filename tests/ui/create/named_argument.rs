//! An argument is its type alone.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect(config: &Config))]
struct Connection;

struct Config;

fn main() {}
