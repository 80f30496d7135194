//! All creates share the config.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect(&mut Config))]
struct Connection;

struct Config;

fn main() {}
