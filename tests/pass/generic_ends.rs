//! The resets and closes of a generic type are as generic as it is, its error included.
use std::fmt::Debug;

use pool_tokio::{Pool, Pooled, pooled};

#[derive(Pooled)]
#[pooled(create = Self::new(), reset = Self::clear, close = async Self::flush)]
struct Cache<K: Default, const SIZE: usize> {
    entries: Vec<[K; SIZE]>,
}

impl<K: Default, const SIZE: usize> Cache<K, SIZE> {
    fn new() -> Self {
        Self { entries: Vec::new() }
    }

    fn clear(&mut self) {
        self.entries.clear();
    }

    async fn flush(self) {
        drop(self.entries);
    }
}

struct Connection<E>(Option<E>);

#[pooled]
impl<E: Debug + Send + Sync + 'static> Connection<E> {
    #[create]
    fn connect() -> Result<Self, E> {
        Ok(Self(None))
    }

    #[reset]
    fn roll_back(&mut self) -> Result<(), E> {
        self.0.take().map_or(Ok(()), Err)
    }

    #[close]
    fn quit(self) {
        assert!(self.0.is_none(), "a reset took it");
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pool = Pool::<Cache<String, 2>>::builder(()).max_size(1).build().unwrap();
    pool.get().await.unwrap().entries.push(Default::default());
    assert!(pool.get().await.unwrap().entries.is_empty());
    pool.close().await;

    let pool = Pool::<Connection<&str>>::builder(()).build().unwrap();
    pool.get().await.unwrap().0 = Some("gone");
    assert_eq!(pool.status().size, 0);
}
