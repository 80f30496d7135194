//! The annotation may depend on a condition, and be in several parts.

use pool_tokio::Pooled;

#[derive(Pooled)]
#[cfg_attr(all(), pooled(create = Self::new()))]
#[cfg_attr(any(), pooled(create = Self::other()))]
#[pooled(reusable = Self::is_reusable)]
struct Buffer;

impl Buffer {
    fn new() -> Self {
        Self
    }

    fn is_reusable(_: &mut Self) -> bool {
        true
    }
}

fn main() {}
