//! A real job: thousands of tasks share a few database connections.
//!
//! Indexes the text files of a folder into a full-text table of an embedded database, asks
//! it for words of those files through a pool of connections, then with a fresh connection for
//! each query, checks every answer against a plain scan of the same files, and prints how the two
//! ways compare.
//!
//! ```text
//! cargo run --release --example search
//! cargo run --release --example search -- --help
//! ```
//!
//! Where to look: `database.rs` has the pooled type, `source.rs` the get and the return,
//! `load.rs` the tasks.

mod cli;
mod database;
mod failure;
mod folder;
mod index;
mod load;
mod source;
mod summary;
mod words;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use pool_tokio::{Pool, TokenPool};
use tokio::runtime::Runtime;

use self::cli::Cli;
use self::database::{Connection, Database};
use self::failure::Failure;
use self::index::index;
use self::load::Load;
use self::source::{Fresh, Shared};
use self::summary::{Run, Summary};

fn main() -> ExitCode {
    match run(&Cli::parse(), &mut std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", failure.chain());
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Runs the job until it is done or interrupted.
///
/// An interrupt drops the job: its tasks end at their next await, the last handle closes the pool,
/// the runtime waits for queries under way, and then the temporary folder is removed. The order
/// of the variables here is what sees to that.
fn run(cli: &Cli, out: &mut impl Write) -> Result<(), Failure> {
    let home = tempfile::tempdir().map_err(Failure::TemporaryFolder)?;
    let runtime = Runtime::new().map_err(Failure::Runtime)?;
    runtime.block_on(async {
        tokio::select! {
            biased;
            signal = tokio::signal::ctrl_c() => {
                signal.map_err(Failure::Runtime)?;
                Err(Failure::Interrupted)
            }
            done = search(cli, Database::within(home.path()), out) => done,
        }
    })
}

/// Indexes, asks in both ways, and prints.
async fn search(cli: &Cli, database: Database, out: &mut impl Write) -> Result<(), Failure> {
    writeln!(out, "indexing {}", cli.folder.display())?;
    let indexed = index(&cli.folder, &database).await?;
    writeln!(out, "{indexed}")?;

    let load = Load {
        words: Arc::new(indexed.words),
        tasks: cli.tasks.get(),
        queries: cli.queries.get(),
        seed: cli.seed,
    };
    let size = cli.pool_size.into();
    writeln!(out, "{load}, at most {size} at a time")?;

    // A get may wait as long as its queue is; how long that is, `--tasks` says.
    let pool = Pool::<Connection>::builder(database.clone())
        .max_size(size)
        .order(cli.order.into())
        .get_timeout(None)
        .build()?;
    let before = pool.status();
    let times = load.run("through the pool", Arc::new(Shared { pool: pool.clone() })).await?;
    let shared = Run { times, creates: database.take_creates() };
    let after = pool.status();
    pool.close().await;

    let limit = TokenPool::builder(()).max_size(size).get_timeout(None).build()?;
    let fresh = Fresh { limit, database: database.clone() };
    let times = load.run("fresh connections", Arc::new(fresh)).await?;
    let fresh = Run { times, creates: database.take_creates() };

    writeln!(out, "{}", Summary { shared, fresh, before, after })?;
    Ok(())
}

#[cfg(test)]
mod tests;
