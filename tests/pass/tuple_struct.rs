//! `Self` is the type of a tuple struct, and its constructor as well.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self(7, String::new()))]
struct Session(u32, String);

fn main() {}
