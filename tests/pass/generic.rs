//! A generic type is pooled with the bounds that it has; the bounds of an impl block are its own.

use std::io;
use std::marker::PhantomData;

use pool_tokio::{Pooled, pooled};

trait Transport: Sized {
    fn open(address: &str) -> io::Result<Self>;
}

#[derive(Pooled)]
#[pooled(create = Self::connect(&String) -> io::Result<Self>, recycle = async Self::ping::<u8>)]
struct Connection<T: Transport + Send = Tcp, const SIZE: usize = 4>
where
    T: 'static,
{
    transport: T,
    buffer: [u8; SIZE],
}

impl<T: Transport + Send, const SIZE: usize> Connection<T, SIZE> {
    fn connect(address: &String) -> io::Result<Self> {
        Ok(Self { transport: T::open(address)?, buffer: [0; SIZE] })
    }

    async fn ping<B: From<u8> + Into<u8>>(&mut self) -> io::Result<()> {
        self.buffer[0] = B::from(1).into();
        let _ = &self.transport;
        Ok(())
    }
}

struct Tcp;

impl Transport for Tcp {
    fn open(_: &str) -> io::Result<Self> {
        Ok(Self)
    }
}

#[derive(Pooled)]
struct Cache<K>(PhantomData<K>);

#[pooled]
impl<K: Send + 'static> Cache<K> {
    #[create]
    fn new() -> Self {
        Self(PhantomData)
    }
}

fn main() {}
