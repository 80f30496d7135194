//! A reset or close that is not awaited is done when its call returns: its future is zero-sized, and
//! the pool stores none.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = || -> std::io::Result<Self> { Ok(Self(vec![7])) }, reset = Self::clear,
         close = |buffer| drop(buffer.0))]
struct Buffer(Vec<u8>);

impl Buffer {
    fn clear(&mut self) {
        self.0.clear();
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut buffer = Buffer(vec![7]);
    let reset = <Buffer as Pooled>::reset(&mut buffer);
    assert_eq!(size_of_val(&reset), 0);
    reset.await.unwrap();
    assert!(buffer.0.is_empty());
    let close = <Buffer as Pooled>::close(buffer);
    assert_eq!(size_of_val(&close), 0);
    close.await;
}
