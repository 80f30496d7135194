//! The user's own modules may be named as crates are.
mod core {}
mod std {}
mod pool_tokio {}

#[derive(::pool_tokio::Pooled)]
#[pooled(create = Self::open(), recycle = |_| Ok(()), reusable = |_| true)]
struct File<T: Default>(T);

impl<T: Default> File<T> {
    fn open() -> Self {
        Self(T::default())
    }
}

fn main() {}
