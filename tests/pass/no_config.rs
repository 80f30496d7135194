//! A constructor that takes nothing has the config `()`; one that can't fail, the error `Infallible`.

use std::convert::Infallible;

use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::new())]
struct Buffer(Vec<u8>);

impl Buffer {
    fn new() -> Self {
        Self(Vec::with_capacity(4096))
    }
}

#[derive(Default, Pooled)]
#[pooled(create = Self::default() -> Self)]
struct Scratch;

fn has_types<P: Pooled<Resource = P, Config = (), Error = Infallible>>() {}

fn main() {
    has_types::<Buffer>();
    has_types::<Scratch>();
    assert!(Buffer::new().0.is_empty());
}
