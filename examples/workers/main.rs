//! Pooled worker processes, slow to start and ended for sure.
//!
//! ```text
//! cargo run -p pool-example-workers
//! ```
//!
//! Its workers are further processes of this program, `child.rs`. `worker.rs` is what to copy.

mod child;
mod worker;

use std::env;
use std::error::Error;
use std::time::{Duration, Instant};

use pool_tokio::Pool;
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::worker::Worker;

fn main() -> Result<(), Box<dyn Error>> {
    // Before there is a runtime, which a worker does not need.
    if env::args().nth(1).is_some_and(|argument| argument == "--worker") {
        return child::work().map_err(Into::into);
    }
    share()
}

#[tokio::main]
async fn share() -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let builder = Pool::<Worker>::builder(env::current_exe()?).min_size(2).max_size(4);
    let pool = builder.build_filled().await?;
    println!("2 workers are ready after {:.1?}", begun.elapsed());

    ask_much(&pool).await?;
    be_stuck(&pool).await?;

    let begun = Instant::now();
    pool.close().await;
    println!("all workers have ended after {:.1?}; pool {}", begun.elapsed(), pool.status());
    Ok(())
}

/// Many questions, few workers.
async fn ask_much(pool: &Pool<Worker>) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for number in 1..=1000_u32 {
        let pool = pool.clone();
        tasks.spawn(async move {
            let answer = pool.get().await.ok()?.ask(&number.to_string()).await.ok()?;
            answer.parse::<u64>().ok()
        });
    }
    let sum = tasks.join_all().await.into_iter().flatten().sum::<u64>();
    let (took, created) = (begun.elapsed(), pool.counters().created);
    println!("the sum of the squares up to 1000 is {sum}: {took:.1?}, {created} workers");
    Ok(())
}

/// A worker that does not answer: its holder gives up, and it is killed, as it does not end either.
async fn be_stuck(pool: &Pool<Worker>) -> Result<(), Box<dyn Error>> {
    let mut worker = pool.get().await?;
    let pid = worker.pid().ok_or("it is alive")?;
    let answer = timeout(Duration::from_millis(100), worker.ask("the meaning of it all")).await;
    drop(worker);
    let square = pool.get().await?.ask("12").await?;
    println!("worker {pid} answered: {}; another: {square}", answer.is_ok());
    Ok(())
}
