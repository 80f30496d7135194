//! The function may take what a reference to the config derefs to.
use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = greet(&String))]
struct Greeting(String);

fn greet(name: &str) -> Greeting {
    Greeting(format!("hello, {name}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pool = Pool::<Greeting>::builder("you".into()).build().unwrap();
    assert_eq!(pool.get().await.unwrap().0, "hello, you");
}
