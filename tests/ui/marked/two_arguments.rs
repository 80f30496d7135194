//! A marked constructor takes one argument, too.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn connect(_host: &String, _port: &u16) -> Self {
        Self
    }
}

struct Connection;

fn main() {}
