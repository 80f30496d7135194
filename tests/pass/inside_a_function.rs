//! A type inside a function is pooled with what is in scope there.

use pool_tokio::Pooled;

fn main() {
    struct Config;

    #[derive(Pooled)]
    #[pooled(create = connect(&Config))]
    struct Connection;

    fn connect(_: &Config) -> Connection {
        Connection
    }

    #[derive(Pooled)]
    struct Marked;

    #[pool_tokio::pooled]
    impl Marked {
        #[create]
        fn new() -> Self {
            Self
        }
    }

    pool_tokio::Pool::<Connection>::builder(Config).build().unwrap();
}
