//! This pool, its resource declared with the derive.

use pool_tokio::{Pool, Pooled};

#[derive(Pooled)]
#[pooled(create = || Self(7))]
struct Resource(u32);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let pool = Pool::<Resource>::builder(()).max_size(4).build()?;
        let resource = pool.get().await?;
        println!("{}", resource.0);
        Ok(())
    })
}
