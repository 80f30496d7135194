//! The error may be a boxed one that is `Send` and `Sync`.
use std::error::Error;

use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::open() -> Result<Self, Box<dyn Error + Send + Sync>>)]
struct File;

impl File {
    fn open() -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }
}

fn main() {}
