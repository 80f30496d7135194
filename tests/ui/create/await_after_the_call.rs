//! `async` in front stands for `.await` behind.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect().await)]
struct Connection;

fn main() {}
