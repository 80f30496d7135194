//! The return type says that a create can fail.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect(&Config)?)]
struct Connection;

struct Config;

fn main() {}
