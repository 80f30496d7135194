//! A reset can be sent between threads: what it holds across an await is `Send`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, reset = async Self::clear)]
struct Connection;

impl Connection {
    async fn clear(&mut self) {
        let _count = std::rc::Rc::new(0);
        std::future::ready(()).await;
    }
}

fn main() {}
