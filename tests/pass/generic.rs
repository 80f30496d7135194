//! A generic type is pooled with its bounds, to which the derive adds `Send` and `'static`.
use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = Self::new())]
struct Cache<K: Default, V = u8> {
    entries: Vec<(K, V)>,
}

impl<K: Default, V> Cache<K, V> {
    fn new() -> Self {
        Self { entries: Vec::new() }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pool = Pool::<Cache<String>>::builder(()).build().unwrap();
    assert!(pool.get().await.unwrap().entries.is_empty());
}
