//! Limits how many tasks do something at the same time.
//!
//! ```text
//! cargo run --example tokens
//! ```

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use pool_tokio::TokenPool;
use tokio::task::JoinSet;
use tokio::time::sleep;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let tokens = TokenPool::new(4);
    let running = Arc::new(AtomicUsize::new(0));
    let highest = Arc::new(AtomicUsize::new(0));

    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let (tokens, running, highest) = (tokens.clone(), running.clone(), highest.clone());
        tasks.spawn(async move {
            let token = tokens.get().await?;
            highest.fetch_max(running.fetch_add(1, Relaxed) + 1, Relaxed);
            sleep(Duration::from_millis(10)).await; // what there is to do
            running.fetch_sub(1, Relaxed);
            drop(token); // the next task goes on
            Ok::<(), Box<dyn Error + Send + Sync>>(())
        });
    }
    for ended in tasks.join_all().await {
        ended.map_err(|error| error as Box<dyn Error>)?;
    }

    println!("100 tasks, at most {} at the same time", highest.load(Relaxed));
    Ok(())
}
