//! An enum is a resource like any other.
use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::pick(&bool))]
enum Transport {
    Plain,
    Encrypted { key: Vec<u8> },
}

impl Transport {
    fn pick(is_encrypted: &bool) -> Self {
        if *is_encrypted { Self::Encrypted { key: Vec::new() } } else { Self::Plain }
    }
}

fn main() {}
