//! A name that is close to an option's gets a suggestion.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, on_close = Self::quit)]
struct Connection;

fn main() {}
