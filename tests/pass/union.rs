//! Even a union may be pooled.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || Self { whole: 0 })]
union Register {
    whole: u32,
    bytes: [u8; 4],
}

fn main() {}
