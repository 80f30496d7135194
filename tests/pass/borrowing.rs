//! A type that borrows is pooled with what is there for good.

use std::borrow::Cow;

use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = Session::<'a>::new(&Cow<'a, str>))]
struct Session<'a, T: Default + Send + 'static = u8> {
    name: Cow<'a, str>,
    counter: T,
}

impl<'a, T: Default + Send> Session<'a, T> {
    fn new(name: &Cow<'a, str>) -> Self {
        Self { name: name.clone(), counter: T::default() }
    }
}

fn main() {
    let pool = Pool::<Session<'static>>::builder(Cow::Borrowed("session")).build().unwrap();
    assert_eq!(pool.status().size, 0);
    let session = Session::<u8>::new(&"another".into());
    assert_eq!(session.name.len() + usize::from(session.counter), 7);
}
