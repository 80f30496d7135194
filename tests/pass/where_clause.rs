//! A where-clause is a bound like any other.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::open(&T::Address) -> Result<Self, T::Error>)]
struct Connection<T>(T)
where
    T: Transport<Address: Send + Sync + 'static, Error: Send + Sync + 'static>;

trait Transport: Sized {
    type Address;
    type Error;
}

impl<T: Transport<Address: Send + Sync, Error: Send + Sync>> Connection<T> {
    fn open(_: &T::Address) -> Result<Self, T::Error> {
        unimplemented!()
    }
}

fn main() {}
