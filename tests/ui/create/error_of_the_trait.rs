//! The declaration names the type of the error.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect() -> Result<Self, Self::Error>)]
struct Connection;

fn main() {}
