//! `reset` cleans a returned resource, or fails, and then the resource is closed.
use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = || Self(Vec::new()), reset = Self::clear)]
struct Buffer(Vec<u8>);

impl Buffer {
    fn clear(&mut self) {
        self.0.clear();
    }
}

#[derive(Pooled)]
#[pooled(create = || -> Result<Self, String> { Ok(Self { is_whole: true }) }, reset = Self::repair)]
struct Connection {
    is_whole: bool,
}

impl Connection {
    fn repair(&mut self) -> Result<(), String> {
        if self.is_whole { Ok(()) } else { Err("it can't be repaired".into()) }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pool = Pool::<Buffer>::builder(()).max_size(1).build().unwrap();
    pool.get().await.unwrap().0.reserve(4096);
    pool.get().await.unwrap().0.push(1);
    let buffer = pool.get().await.unwrap();
    assert!(buffer.0.is_empty());
    assert!(buffer.0.capacity() >= 4096, "it is the same buffer");

    let pool = Pool::<Connection>::builder(()).build().unwrap();
    drop(pool.get().await.unwrap());
    assert_eq!(pool.status().size, 1);
    pool.get().await.unwrap().is_whole = false;
    assert_eq!(pool.status().size, 0);
}
