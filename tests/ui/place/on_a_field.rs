//! The annotation goes above the type.
use pool_tokio::Pooled;

#[derive(Pooled)]
struct Connection {
    #[pooled(create = open)]
    socket: u32,
}

fn main() {}
