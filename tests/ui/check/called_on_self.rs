//! A method is named by the path of its type.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, reusable = self.is_open())]
struct Connection;

fn main() {}
