//! Every mistake is reported, not just the first.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect(Config), recycle, reusable = async Self::is_open)]
struct Connection;

fn main() {}
