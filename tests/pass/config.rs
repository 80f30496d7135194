//! The constructor's argument is the config, which the pool keeps and passes to each create by reference.
use pool_tokio::{Pool, Pooled};

struct Config {
    size: usize,
}

#[derive(Pooled)]
#[pooled(create = Self::new(&Config))]
struct Buffer(Vec<u8>);

impl Buffer {
    fn new(config: &Config) -> Self {
        Self(vec![0; config.size])
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pool = Pool::<Buffer>::builder(Config { size: 16 }).build().unwrap();
    assert_eq!(pool.get().await.unwrap().0.len(), 16);
}
