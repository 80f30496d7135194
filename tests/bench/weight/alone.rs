//! Tokio alone: what the other programs have in common.

struct Resource(u32);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let resource = Resource(7);
        println!("{}", resource.0);
        Ok(())
    })
}
