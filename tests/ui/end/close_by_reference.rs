//! A close takes the resource by value: it takes `self`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, close = Self::quit)]
struct Connection;

impl Connection {
    fn quit(&mut self) {}
}

fn main() {}
