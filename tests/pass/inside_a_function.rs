//! A type inside a function is made by functions in scope there.
use pool_tokio::{Pool, Pooled};

fn main() {
    struct Config;

    #[derive(Pooled)]
    #[pooled(create = connect(&Config))]
    struct Connection;

    fn connect(_: &Config) -> Connection {
        Connection
    }

    Pool::<Connection>::builder(Config).build().unwrap();
}
