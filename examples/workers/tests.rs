//! The `workers` example: what the pool does to processes, as the kernel sees it, and the program as a
//! user runs it.

mod worker;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use pool_tokio::{Item, Pool};
use tokio::time::{sleep, timeout};

use crate::worker::Worker;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::test]
async fn a_worker_is_started_once_and_reused() -> Outcome {
    let pool = start()?;
    let pid = pid(&pool.get().await?)?;
    for number in 0..10_u32 {
        let mut worker = pool.get().await?;
        assert_eq!(worker.ask(&number.to_string()).await?, (number * number).to_string());
        assert_eq!(worker.pid(), Some(pid));
    }
    assert_eq!(pool.counters().created, 1);
    Ok(())
}

#[tokio::test]
async fn a_worker_that_was_killed_is_replaced() -> Outcome {
    let pool = start()?;
    let killed = pid(&pool.get().await?)?;
    assert!(Command::new("sh").args(["-c", &format!("kill -KILL {killed}")]).status()?.success());
    until(|| state(killed) == Some('Z')).await;

    let mut worker = pool.get().await?;
    assert_ne!(pid(&worker)?, killed);
    assert_eq!(worker.ask("12").await?, "144");
    assert_eq!(state(killed), None, "the check has reaped it");
    assert_eq!((pool.counters().created, pool.counters().ended), (2, 1));
    Ok(())
}

#[tokio::test]
async fn a_worker_that_owes_an_answer_is_not_lent_and_is_killed() -> Outcome {
    let pool = start()?;
    let mut worker = pool.get().await?;
    let stuck = pid(&worker)?;
    assert!(timeout(Duration::from_millis(20), worker.ask("why?")).await.is_err(), "it is stuck");
    drop(worker);
    assert!(state(stuck).is_some(), "it is asked to end before it is killed");

    let mut worker = pool.get().await?;
    assert_ne!(pid(&worker)?, stuck);
    assert_eq!(state(stuck), None, "killed and reaped before another took its place");
    assert_eq!(worker.ask("12").await?, "144");
    Ok(())
}

#[tokio::test]
async fn a_worker_that_is_well_ends_by_itself_and_leaves_no_zombie() -> Outcome {
    let pool = start()?;
    let worker = pid(&pool.get().await?)?;
    let begun = Instant::now();
    pool.close().await;
    assert_eq!(state(worker), None);
    assert!(begun.elapsed() < Duration::from_secs(1), "it was killed instead");
    Ok(())
}

#[tokio::test]
async fn a_worker_that_is_dropped_without_a_goodbye_is_killed() -> Outcome {
    let pool = start()?;
    let mut worker = pool.get().await?;
    let dropped = pid(&worker)?;
    assert!(timeout(Duration::from_millis(20), worker.ask("why?")).await.is_err(), "it is stuck");
    drop(Item::detach(worker));
    until(|| state(dropped).is_none()).await;
    Ok(())
}

#[test]
fn no_worker_outlives_its_runtime() -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let pool = start()?;
    let mut worker = runtime.block_on(pool.get())?;
    let left = pid(&worker)?;
    let stuck = async { timeout(Duration::from_millis(20), worker.ask("why?")).await.is_err() };
    assert!(runtime.block_on(stuck));
    drop(runtime);
    drop(worker);
    drop(pool);
    let begun = Instant::now();
    while state(left).is_some_and(|state| state != 'Z') {
        assert!(begun.elapsed() < PATIENCE, "it is there");
        std::thread::sleep(PAUSE);
    }
    Ok(())
}

#[test]
fn the_program_succeeds_and_leaves_no_worker() -> Outcome {
    let output = Command::new(PROGRAM).output()?;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = String::from_utf8(output.stdout)?;
    assert!(printed.starts_with("2 workers are ready after "), "{printed}");
    assert!(printed.contains("the sum of the squares up to 1000 is 333833500"), "{printed}");
    assert!(printed.contains("answered: false; another: 144"), "{printed}");
    let end = "size 0 of 4: 0 idle, 0 in use, 0 creating, 0 closing; 0 waiting\n";
    assert!(printed.ends_with(end), "{printed}");
    Ok(())
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_pool-example-workers");
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(2);

/// A pool of one worker.
fn start() -> Outcome<Pool<Worker>> {
    Ok(Pool::<Worker>::builder(PROGRAM.into()).max_size(1).build()?)
}

fn pid(worker: &Item<Worker>) -> Outcome<u32> {
    Ok(worker.pid().ok_or("it has not ended")?)
}

/// The state of a process, `Z` for a zombie; `None` if there is none.
fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

async fn until(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "it never happens");
        sleep(PAUSE).await;
    }
}
