//! A closure with `?` declares its return type.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self(std::fs::File::open("log")?))]
struct Log(std::fs::File);

fn main() {}
