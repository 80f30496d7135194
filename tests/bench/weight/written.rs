//! This pool without its default features, the trait implemented by hand.

use std::convert::Infallible;

use pool_tokio::{Pool, Pooled};

struct Resource(u32);

impl Pooled for Resource {
    type Resource = Self;
    type Config = ();
    type Error = Infallible;

    async fn create((): &()) -> Result<Self, Infallible> {
        Ok(Self(7))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let pool = Pool::<Resource>::builder(()).max_size(4).build()?;
        let resource = pool.get().await?;
        println!("{}", resource.0);
        Ok(())
    })
}
