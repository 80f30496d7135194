//! `crate = path` says where the library is.

mod resources {
    pub use pool_core as pools;
}

use pool_tokio::{Pooled, pooled};

#[derive(Pooled)]
#[pooled(crate = resources::pools, create = Self::new())]
struct Buffer;

impl Buffer {
    fn new() -> Self {
        Self
    }
}

struct Other;

#[pooled(crate = crate::resources::pools)]
impl Other {
    #[create]
    fn new() -> Self {
        Self
    }
}

fn main() {}
