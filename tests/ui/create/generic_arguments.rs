//! The generic arguments of a function are written with `::`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect<Tls>(&Config))]
struct Connection;

struct Config;

fn main() {}
