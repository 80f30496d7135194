//! The derive of `pool_core` needs no `pool_tokio`.
use pool_core::{Pooled, pooled};

#[derive(Pooled)]
#[pooled(create = || Self)]
struct Buffer;

#[derive(Pooled)]
struct Other;

#[pooled]
impl Other {
    #[create]
    fn new() -> Self {
        Self
    }
}

fn main() {}
