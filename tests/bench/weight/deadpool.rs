//! deadpool's managed pool.

use std::convert::Infallible;

use deadpool::managed::{Manager, Metrics, Pool, RecycleResult};

struct Resource(u32);

struct Resources;

impl Manager for Resources {
    type Type = Resource;
    type Error = Infallible;

    async fn create(&self) -> Result<Resource, Infallible> {
        Ok(Resource(7))
    }

    async fn recycle(&self, _: &mut Resource, _: &Metrics) -> RecycleResult<Infallible> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let pool = Pool::<Resources>::builder(Resources).max_size(4).build()?;
        let resource = pool.get().await?;
        println!("{}", resource.0);
        Ok(())
    })
}
