//! `#[pooled]` on an impl block takes all types from the marked functions themselves.

use std::io;

use pool_tokio::{Pool, Pooled, pooled};

struct Config;

#[derive(Pooled)]
struct Connection;

#[pooled]
impl Connection {
    const PORT: u16 = 5432;

    #[create]
    async fn connect(config: &Config) -> io::Result<Self> {
        let Config = config;
        if Self::PORT == 0 { Err(io::ErrorKind::AddrNotAvailable.into()) } else { Ok(Self) }
    }

    #[recycle]
    async fn ping(&mut self) -> io::Result<()> {
        Ok(())
    }

    #[reusable]
    fn is_open(&self) -> bool {
        true
    }
}

/// Works without the derive, too.
struct Buffer(Vec<u8>);

#[pooled]
impl Buffer {
    #[create]
    fn r#new<'a>(size: &'a usize) -> Self {
        Self(Vec::with_capacity(*size))
    }

    #[cfg(any())]
    #[recycle]
    fn check(&mut self) -> Result<(), std::convert::Infallible> {
        Ok(self.0.clear())
    }
}

fn main() {
    Pool::<Connection>::builder(Config).build().unwrap();
    Pool::<Buffer>::builder(4096).build().unwrap();
}
