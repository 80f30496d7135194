//! The pool keeps the config: a trait object is kept in a box.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = connect(&dyn Dial))]
struct Connection;

trait Dial: Send + Sync {}

fn main() {}
