//! A health check is named by its path alone.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, recycle = async Self::ping(&mut self) -> io::Result<()>)]
struct Connection;

fn main() {}
