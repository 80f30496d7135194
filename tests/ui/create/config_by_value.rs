//! The config is taken by reference.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect(Config))]
struct Connection;

struct Config;

fn main() {}
