//! Generated code gives no warning, however strict the crate is.
#![deny(warnings, missing_docs, unused, unused_qualifications)]
#![forbid(unsafe_code)]
use pool_tokio::{Pooled, pooled};

/// A buffer.
#[derive(Pooled, Debug)]
#[pooled(create = || Self(Vec::new()), recycle = |_| Ok(()), reset = |it| it.0.clear(),
         reusable = |_| true, close = |_| ())]
pub struct Buffer<T: Send + 'static, const SIZE: usize>(pub Vec<[T; SIZE]>);

/// A file.
pub struct File;

#[pooled]
impl File {
    #[create]
    async fn open(_: &String) -> std::io::Result<Self> {
        Ok(Self)
    }

    #[reset]
    fn rewind(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    #[close]
    async fn flush(self) {}
}

fn main() {}
