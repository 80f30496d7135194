//! The options may be in several annotations.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self)]
#[pooled(recycle = |_| Ok(()), reusable = |_| true)]
struct Buffer;

fn main() {}
