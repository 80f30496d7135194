//! Enums and unions are resources, too.

use pool_tokio::Pooled;

#[derive(Pooled)]
#[pooled(create = Self::pick(&bool))]
enum Transport {
    Plain,
    Encrypted,
}

impl Transport {
    fn pick(encrypted: &bool) -> Self {
        if *encrypted { Self::Encrypted } else { Self::Plain }
    }
}

#[derive(Pooled)]
#[pooled(create = zero())]
union Register {
    whole: u32,
}

fn zero() -> Register {
    Register { whole: 0 }
}

fn main() {}
