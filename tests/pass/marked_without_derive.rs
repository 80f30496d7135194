//! `#[pooled]` on an impl block needs no derive.
struct Connection;

#[pool_tokio::pooled]
impl Connection {
    #[create]
    fn new() -> Self {
        Self
    }

    #[reusable]
    fn is_open(&self) -> bool {
        true
    }
}

fn main() {
    pool_tokio::Pool::<Connection>::builder(()).build().unwrap();
}
