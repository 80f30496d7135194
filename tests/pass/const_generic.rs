//! A parameter may be a constant.
use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = || Self { bytes: [0; SIZE] })]
struct Buffer<const SIZE: usize = 4> {
    bytes: [u8; SIZE],
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pool = Pool::<Buffer<16>>::builder(()).build().unwrap();
    assert_eq!(pool.get().await.unwrap().bytes.len(), 16);
}
