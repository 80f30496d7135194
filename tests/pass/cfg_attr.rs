//! The annotation may depend on a condition.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[cfg_attr(all(), pooled(create = Self::new()))]
#[cfg_attr(any(), pooled(create = Self::of_another_platform()))]
struct Buffer;

impl Buffer {
    fn new() -> Self {
        Self
    }
}

fn main() {}
