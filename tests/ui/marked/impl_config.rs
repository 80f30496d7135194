//! The config of a marked constructor is one type.
#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn connect(_: &impl AsRef<str>) -> Self {
        Self
    }
}

struct Connection;

fn main() {}
