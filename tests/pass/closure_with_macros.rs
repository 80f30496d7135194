//! A `?` in a macro's arguments need not be one that returns.
use pool_tokio::Pooled;

macro_rules! trace {
    (?$value:expr) => {
        let _ = format!("{:?}", $value);
    };
}

#[derive(Pooled)]
#[pooled(create = |size: &usize| { trace!(?size); Self(vec![0; *size]) })]
struct Buffer(Vec<u8>);

fn main() {}
