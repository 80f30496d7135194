//! A closure instead of a path: the type of its argument declares the config.
use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = |size: &usize| Self(vec![0; *size]))]
struct Buffer(Vec<u8>);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pool = Pool::<Buffer>::builder(16).build().unwrap();
    assert_eq!(pool.get().await.unwrap().0.len(), 16);
}
