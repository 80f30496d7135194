//! The derive adds to a type's bounds that its parameters can be sent and live as long as the pool.

use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = async Self::new())]
struct Cache<K, V> {
    entries: Vec<(K, V)>,
}

impl<K, V> Cache<K, V> {
    async fn new() -> Self {
        let entries = Vec::new();
        std::future::ready(()).await;
        Self { entries }
    }
}

fn main() {
    let pool = Pool::<Cache<String, u8>>::builder(()).build().unwrap();
    assert_eq!(pool.status().size, 0);
    let _ = |cache: Cache<String, u8>| cache.entries;
}
