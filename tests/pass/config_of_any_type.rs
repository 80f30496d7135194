//! The config may be any type that is `Sized`.
use pool_tokio::Pooled;

trait Dial: Send + Sync {}

#[derive(Pooled)]
#[pooled(create = |_: &Box<dyn Dial>| Self)]
struct Dialled;

#[derive(Pooled)]
#[pooled(create = |_: &(String, u16)| Self)]
struct Addressed;

#[derive(Pooled)]
#[pooled(create = |_: &&'static str| Self)]
struct Named;

fn main() {}
