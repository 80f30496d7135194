//! A reset and a close are marked where they are written.
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use pool_tokio::{Pool, Pooled, pooled};

#[derive(Pooled)]
struct Connection {
    open: Arc<AtomicUsize>,
    sent: Vec<u8>,
}

#[pooled]
impl Connection {
    #[create]
    async fn connect(open: &Arc<AtomicUsize>) -> io::Result<Self> {
        open.fetch_add(1, SeqCst);
        Ok(Self { open: Arc::clone(open), sent: Vec::new() })
    }

    #[reset]
    async fn roll_back(&mut self) -> io::Result<()> {
        self.sent.clear();
        Ok(())
    }

    #[close]
    fn quit(mut self) {
        self.sent.push(0);
        self.open.fetch_sub(1, SeqCst);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let open = Arc::<AtomicUsize>::default();
    let pool = Pool::<Connection>::builder(Arc::clone(&open)).max_size(1).build().unwrap();
    pool.get().await.unwrap().sent.push(7);
    assert!(pool.get().await.unwrap().sent.is_empty());
    assert_eq!(open.load(SeqCst), 1);
    pool.close().await;
    assert_eq!(open.load(SeqCst), 0);
}
