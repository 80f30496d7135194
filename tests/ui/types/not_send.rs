//! A resource can be sent between threads: an `Arc`, not an `Rc`.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self(std::rc::Rc::new(0)))]
struct Counter(std::rc::Rc<u8>);

fn main() {}
