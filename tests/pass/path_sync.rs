//! Without `async`, the constructor is called and that is all.
use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = Self::parse(&String) -> Result<Self, std::num::ParseIntError>)]
struct Number(u8);

impl Number {
    fn parse(text: &String) -> Result<Self, std::num::ParseIntError> {
        text.parse().map(Self)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let pool = Pool::<Number>::builder("7".into()).build().unwrap();
    assert_eq!(pool.get().await.unwrap().0, 7);
}
