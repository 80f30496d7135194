//! `close` takes a resource that leaves the pool by value.
use std::sync::Arc;

use pool_tokio::{Item, Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = Self::connect(&Arc<Server>), close = Self::quit)]
struct Connection(Arc<Server>);

#[derive(Default)]
struct Server {
    quit: std::sync::atomic::AtomicUsize,
}

impl Connection {
    fn connect(server: &Arc<Server>) -> Self {
        Self(Arc::clone(server))
    }

    fn quit(self) {
        self.0.quit.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let server = Arc::<Server>::default();
    let quit = || server.quit.load(std::sync::atomic::Ordering::SeqCst);
    let pool = Pool::<Connection>::builder(Arc::clone(&server)).build().unwrap();
    drop(pool.get().await.unwrap());
    assert_eq!(quit(), 0, "a resource that is returned is not ended");
    Item::discard(pool.get().await.unwrap());
    assert_eq!(quit(), 1);
    drop(pool.get().await.unwrap());
    pool.close().await;
    assert_eq!(quit(), 2);
}
