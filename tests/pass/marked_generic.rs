//! The impl is as generic as the block, with the block's own bounds.
use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
struct Cache<K>(Vec<K>);

#[pool_tokio::pooled]
impl<K> Cache<K>
where
    K: Send + Default + 'static,
{
    #[create]
    fn new() -> Self {
        Self(vec![K::default()])
    }
}

fn main() {
    Pool::<Cache<String>>::builder(()).build().unwrap();
}
