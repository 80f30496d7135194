//! Where a path is too little, closures: those that create have typed arguments.

use std::io;

use pool_tokio::Pooled;

struct Config {
    size: usize,
}

#[derive(Pooled)]
#[pooled(
    create = |config: &Config| Self::with_capacity(config.size),
    recycle = |buffer| { buffer.0.clear(); Ok(()) },
    reusable = |buffer| buffer.0.capacity() < 1 << 20,
)]
struct Buffer(Vec<u8>);

impl Buffer {
    fn with_capacity(size: usize) -> Self {
        Self(Vec::with_capacity(size))
    }
}

#[derive(Pooled)]
#[pooled(
    create = async |Config { size }: &Config| -> io::Result<Self> {
        if *size == 0 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        std::future::ready(()).await;
        Ok(Self)
    },
    recycle = async |connection| connection.ping().await,
    reusable = |connection: &Self| connection.is_open(),
)]
struct Connection;

impl Connection {
    async fn ping(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn is_open(&self) -> bool {
        true
    }
}

#[derive(Pooled)]
#[pooled(create = || Self)]
struct Unit;

#[derive(Pooled)]
#[pooled(create = async || -> Self { Self })]
struct AwaitedUnit;

fn main() {}
