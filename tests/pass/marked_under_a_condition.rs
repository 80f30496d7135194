//! A `#[cfg]` on a marked function holds for the method that is generated for it, too.
use pool_tokio::Pool;

struct Buffer(Vec<u8>);

#[pool_tokio::pooled]
impl Buffer {
    #[create]
    fn new() -> Self {
        Self(Vec::new())
    }

    #[cfg(any())]
    #[reusable]
    fn is_small(&self) -> bool {
        self.0.capacity() < 1 << 20
    }
}

fn main() {
    Pool::<Buffer>::builder(()).build().unwrap();
}
