//! What is not marked stays as it is, constants and types of the impl block included.
use pool_tokio::Pool;

struct Buffer(Vec<u8>);

#[pool_tokio::pooled]
impl Buffer {
    const SIZE: usize = 16;

    #[create]
    fn new() -> Self {
        Self(vec![0; Self::SIZE])
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(Pool::<Buffer>::builder(()).build().unwrap().get().await.unwrap().len(), 16);
}
