//! `async` in front replaces `.await`, the return type replaces `?`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::connect(&Config).await?)]
struct Connection;

struct Config;

fn main() {}
