//! bb8.

use std::convert::Infallible;

use bb8::{ManageConnection, Pool};

struct Resource(u32);

struct Resources;

impl ManageConnection for Resources {
    type Connection = Resource;
    type Error = Infallible;

    async fn connect(&self) -> Result<Resource, Infallible> {
        Ok(Resource(7))
    }

    async fn is_valid(&self, _: &mut Resource) -> Result<(), Infallible> {
        Ok(())
    }

    fn has_broken(&self, _: &mut Resource) -> bool {
        false
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let pool = Pool::builder().max_size(4).build(Resources).await?;
        let resource = pool.get().await?;
        println!("{}", resource.0);
        Ok(())
    })
}
