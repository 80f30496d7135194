//! `reusable` is a quick check: whether a returned resource may be lent again.
use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = || Self { is_open: true }, reusable = Self::is_open)]
struct Connection {
    is_open: bool,
}

impl Connection {
    fn is_open(&self) -> bool {
        self.is_open
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pool = Pool::<Connection>::builder(()).build().unwrap();
    pool.get().await.unwrap().is_open = false;
    assert_eq!(pool.status().size, 0);
}
