//! A create can be sent between threads: what it holds across an await is `Send`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = async Self::new())]
struct Counter;

impl Counter {
    async fn new() -> Self {
        let _count = std::rc::Rc::new(0);
        std::future::ready(Self).await
    }
}

fn main() {}
