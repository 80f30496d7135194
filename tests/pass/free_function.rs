//! Any function that returns the type will do, wherever it is.
use pool_tokio::Pooled;

mod dial {
    pub struct Plain;

    pub fn connect<T>() -> super::Connection {
        super::Connection
    }
}

#[derive(Pooled)]
#[pooled(create = dial::connect::<dial::Plain>())]
struct Connection;

fn main() {}
