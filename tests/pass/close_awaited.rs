//! A close that is awaited is done when the pool is closed.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = |said: &Arc<AtomicUsize>| Self(Arc::clone(said)), close = async Self::quit)]
struct Connection(Arc<AtomicUsize>);

impl Connection {
    async fn quit(self) {
        tokio::task::yield_now().await;
        self.0.fetch_add(1, SeqCst);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let said = Arc::<AtomicUsize>::default();
    let pool = Pool::<Connection>::builder(Arc::clone(&said)).build().unwrap();
    drop((pool.get().await.unwrap(), pool.get().await.unwrap()));
    pool.close().await;
    assert_eq!(said.load(SeqCst), 2);
}
