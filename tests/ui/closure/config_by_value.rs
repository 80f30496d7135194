//! A closure, too, takes the config by reference.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = |config: Config| Self)]
struct Connection;

struct Config;

fn main() {}
