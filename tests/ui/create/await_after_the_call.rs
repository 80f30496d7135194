//! `async` in front replaces `.await` after the call.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect().await)]
struct Connection;

fn main() {}
