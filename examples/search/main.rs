//! A real job: thousands of tasks share a few database connections.
//!
//! Indexes the text files of a folder into an embedded database, or one on a server, asks it for words of those files through a pool of connections, then with a fresh connection for
//! each query, checks every answer against a plain scan of the same files, and prints how the two
//! ways compare.
//!
//! ```text
//! cargo run --release --example search
//! cargo run --release --example search -- --help
//! cargo run --release -p pool-examples --features postgres --example search -- --postgres URL
//! ```
//!
//! Where to look: `database/sqlite.rs` and `database/postgres.rs` have the pooled types, `source.rs` the
//! get and the return, `load.rs` the tasks.

mod cli;
mod database;
mod failure;
mod folder;
mod index;
mod load;
mod source;
mod summary;
mod words;

#[cfg(not(feature = "postgres"))]
use std::future::{Ready, ready};
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use pool_tokio::{Pool, TokenPool};
use tokio::runtime::Runtime;

use self::cli::Cli;
use self::database::Database;
#[cfg(feature = "postgres")]
use self::database::postgres::Postgres;
use self::database::sqlite::Sqlite;
use self::failure::Failure;
use self::index::index;
use self::load::Load;
use self::source::{Fresh, Shared};
use self::summary::{Run, Summary};

type Outcome = Result<(), Failure>;

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
fn run(cli: &Cli, out: &mut impl Write) -> Outcome {
    let home = tempfile::tempdir().map_err(Failure::TemporaryFolder)?;
    let runtime = Runtime::new().map_err(Failure::Runtime)?;
    runtime.block_on(async {
        match &cli.postgres {
            None => unless_interrupted(search(cli, Sqlite::within(home.path()), out)).await,
            Some(url) => search_postgres(cli, url, out).await,
        }
    })
}

async fn unless_interrupted(job: impl Future<Output = Outcome>) -> Outcome {
    tokio::select! {
        biased;
        signal = tokio::signal::ctrl_c() => {
            signal.map_err(Failure::Runtime)?;
            Err(Failure::Interrupted)
        }
        done = job => done,
    }
}

/// Leaves nothing on the server, whether it is done, fails or is interrupted.
#[cfg(feature = "postgres")]
async fn search_postgres(cli: &Cli, url: &str, out: &mut impl Write) -> Outcome {
    let database = Postgres::at(url).map_err(|error| Failure::Url(error.into()))?;
    let done = unless_interrupted(search(cli, database.clone(), out)).await;
    let removed = database.remove().await.map_err(Failure::database);
    done.and(removed)
}

#[cfg(not(feature = "postgres"))]
fn search_postgres(_: &Cli, _: &str, _: &mut impl Write) -> Ready<Outcome> {
    ready(Err(Failure::NoPostgres))
}

/// Indexes, asks in both ways, and prints.
async fn search<D: Database>(cli: &Cli, database: D, out: &mut impl Write) -> Outcome {
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
    let pool = Pool::<D::Connection>::builder(database.clone())
        .max_size(size)
        .order(cli.order.into())
        .get_timeout(None)
        .build()?;
    let before = pool.status();
    let times = load.run("through the pool", Arc::new(Shared::<D> { pool: pool.clone() })).await?;
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
