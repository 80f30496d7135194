//! A closure that can fail declares its return type.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || std::fs::File::open("log").map(|_| Self))]
struct Log;

fn main() {}
