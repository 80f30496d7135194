//! A constructor that returns `Self` can't fail: `->` may be left out.
use std::convert::Infallible;

use pool_tokio::Pooled;

#[derive(Pooled, Default)]
#[pooled(create = Self::default())]
struct Buffer(Vec<u8>);

#[derive(Pooled, Default)]
#[pooled(create = Self::default() -> Self)]
struct Scratch(Vec<u8>);

fn never_fails<P: Pooled<Error = Infallible>>() {}

fn main() {
    never_fails::<Buffer>();
    never_fails::<Scratch>();
}
