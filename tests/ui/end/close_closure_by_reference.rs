//! A closure that closes a resource takes it by value.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, close = |connection: &mut Self| connection.quit())]
struct Connection;

impl Connection {
    fn quit(&mut self) {}
}

fn main() {}
