//! A value ends with the call.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect(&Config).unwrap())]
struct Connection;

struct Config;

fn main() {}
