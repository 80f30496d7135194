//! Paths, types and expressions may come from a macro's arguments.

use std::io;

use pool_tokio::{Pooled, pooled};

macro_rules! pooled_type {
    ($name:ident, $create:path, $config:ty => $output:ty, $reusable:expr) => {
        #[derive(Pooled)]
        #[pooled(create = async $create(&$config) -> $output, recycle = |it| it.check(), reusable = $reusable)]
        struct $name;

        impl $name {
            fn check(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
    };
}

pooled_type!(Connection, connect, Vec<u8> => io::Result<Connection>, |it: &Connection| it.is_open());

impl Connection {
    fn is_open(&self) -> bool {
        true
    }
}

async fn connect(_: &Vec<u8>) -> io::Result<Connection> {
    Ok(Connection)
}

macro_rules! marked {
    ($name:ident, $config:ty) => {
        struct $name;

        #[pooled]
        impl $name {
            #[create]
            fn new(_: &$config) -> Self {
                Self
            }
        }
    };
}

marked!(Buffer, usize);

fn main() {}
