//! A reset borrows the resource, which is lent again: it takes `&mut self`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, reset = Self::clear)]
struct Connection;

impl Connection {
    fn clear(self) {}
}

fn main() {}
