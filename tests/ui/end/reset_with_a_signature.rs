//! A reset is named by its path alone.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, reset = async Self::roll_back(&mut self) -> io::Result<()>)]
struct Connection;

fn main() {}
