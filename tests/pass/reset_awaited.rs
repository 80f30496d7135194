//! A reset that is awaited is done before the resource is lent again.
use std::io;

use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = || -> io::Result<Self> { Ok(Self::default()) }, reset = async Self::roll_back)]
#[derive(Default)]
struct Connection {
    is_changed: bool,
    rolled_back: usize,
}

impl Connection {
    async fn roll_back(&mut self) -> io::Result<()> {
        tokio::task::yield_now().await;
        self.is_changed = false;
        self.rolled_back += 1;
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pool = Pool::<Connection>::builder(()).max_size(1).build().unwrap();
    pool.get().await.unwrap().is_changed = true;
    let connection = pool.get().await.unwrap();
    assert!(!connection.is_changed);
    assert_eq!(connection.rolled_back, 1);
}
