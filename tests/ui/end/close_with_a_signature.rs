//! A close is named by its path alone.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, close = async Self::quit(self))]
struct Connection;

fn main() {}
