//! A constructor is named by its path, with its signature; checks by their path alone.

use std::io;

use pool_tokio::{Pool, Pooled};

struct Config;

#[derive(Pooled)]
#[pooled(create = async Self::connect(&Config) -> io::Result<Self>, recycle = async Self::ping,
         reusable = Self::is_open)]
struct Connection;

impl Connection {
    async fn connect(_: &Config) -> io::Result<Self> {
        Ok(Self)
    }

    async fn ping(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn is_open(&self) -> bool {
        true
    }
}

fn main() {
    Pool::<Connection>::builder(Config).build().unwrap();
}
