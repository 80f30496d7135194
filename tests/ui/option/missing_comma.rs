//! Options are separated by commas.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(
    create = Self::new()
    reusable = Self::is_open
)]
struct Connection;

fn main() {}
