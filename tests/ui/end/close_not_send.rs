//! A close can be sent between threads: what it holds across an await is `Send`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self, close = async Self::quit)]
struct Connection;

impl Connection {
    async fn quit(self) {
        let _count = std::rc::Rc::new(0);
        std::future::ready(()).await;
    }
}

fn main() {}
