//! `async` in front stands for `.await`, the return type for `?`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect(&Config).await?)]
struct Connection;

struct Config;

fn main() {}
