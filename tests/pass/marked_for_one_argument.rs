//! The block may be for one type of a generic one.
use pool_tokio::Pool;

struct Connection<T>(T);

struct Tls;

#[pool_tokio::pooled]
impl Connection<Tls> {
    #[create]
    fn connect<'a>(_: &'a String) -> Self {
        Self(Tls)
    }
}

fn main() {
    Pool::<Connection<Tls>>::builder("localhost:5432".into()).build().unwrap();
}
