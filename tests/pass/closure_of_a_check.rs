//! A closure that checks takes the resource and may leave out its type.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(
    create = || -> std::io::Result<Self> { Ok(Self(Vec::new())) },
    recycle = |buffer| { buffer.0.try_reserve(4096)?; buffer.0.clear(); Ok(()) },
    reusable = |buffer: &Self| buffer.0.capacity() < 1 << 20,
)]
struct Buffer(Vec<u8>);

#[derive(Pooled)]
#[pooled(create = async || -> Self { Self }, recycle = async |turn| turn.check().await)]
struct Turn;

impl Turn {
    async fn check(&mut self) -> Result<(), std::convert::Infallible> {
        Ok(())
    }
}

fn main() {}
