//! Names, types and expressions may come from a macro's arguments.
use pool_tokio::Pooled;

macro_rules! pooled {
    ($name:ident, $create:path, $config:ty => $output:ty, $reusable:expr) => {
        #[derive(Pooled)]
        #[pooled(create = async $create(&$config) -> $output, reusable = $reusable)]
        struct $name;
    };
}

pooled!(Connection, connect, Vec<u8> => std::io::Result<Connection>, |_: &Connection| true);

async fn connect(_: &Vec<u8>) -> std::io::Result<Connection> {
    Ok(Connection)
}

fn main() {}
