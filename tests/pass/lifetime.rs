//! A type that borrows is pooled with `'static`.
use std::borrow::Cow;

use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = Session::<'a>::new(&Cow<'a, str>))]
struct Session<'a> {
    name: Cow<'a, str>,
}

impl<'a> Session<'a> {
    fn new(name: &Cow<'a, str>) -> Self {
        Self { name: name.clone() }
    }
}

fn main() {
    Pool::<Session<'static>>::builder("guest".into()).build().unwrap();
}
