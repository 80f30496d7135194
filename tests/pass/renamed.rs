//! `crate` says where the library is, if not under its own name.
mod prelude {
    pub use pool_core as pools;
}

use pool_tokio::{Pooled, pooled};

#[derive(Pooled)]
#[pooled(crate = prelude::pools, create = || Self)]
struct Buffer;

struct Other;

#[pooled(crate = crate::prelude::pools)]
impl Other {
    #[create]
    fn new() -> Self {
        Self
    }
}

fn main() {}
