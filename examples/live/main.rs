//! A pool under load, live on a web page.
//!
//! ```text
//! cargo run -p pool-example-live
//! cargo run -p pool-example-live -- --help
//! ```
//!
//! Prints the address of the page, which shows what the pool does and who holds what, and has controls to
//! resize it, to change the load, and to break and heal the server. That server is simulated in this
//! process, `backend.rs`: it takes its time to connect and to answer, and nothing leaves the machine.
//!
//! Where to look: `journal.rs` is the pool's observer, `sampler.rs` reads status, counters and holders,
//! `verdict.rs` says what is wrong, `api.rs` has the controls. `page` has what the browser runs.

mod api;
mod backend;
mod cli;
mod connection;
mod journal;
mod load;
mod page;
mod request;
mod sampler;
mod snapshot;
mod verdict;

use std::error::Error;
use std::net::Ipv4Addr;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use pool_tokio::{BuildError, Pool};
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::api::Controls;
use self::backend::Backend;
use self::cli::Cli;
use self::connection::Connection;
use self::journal::Journal;
use self::sampler::Sampler;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves the page until it is interrupted; then everything that was started is ended.
async fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, cli.port)).await.map_err(|error| {
        format!("can't listen on port {} of loopback: {error}; --port 0 takes a free one", cli.port)
    })?;
    let (backend, journal) = (Backend::new(), Journal::new());
    let pool = build(cli, &backend, &journal)?;
    let plan = watch::Sender::new(cli.plan());

    let mut sampler =
        Sampler::new(pool.clone(), backend.clone(), journal.clone(), plan.subscribe());
    let (told, latest) = watch::channel(Arc::new(sampler.look()));
    let mut work = JoinSet::new();
    work.spawn(load::run(pool.clone(), journal, plan.subscribe()));
    work.spawn(sampler.run(told));

    println!("the pool is live at http://{}/ until Ctrl-C", listener.local_addr()?);
    let controls = Controls { pool: pool.clone(), backend, plan, latest };
    serve(listener, controls, work).await?;

    let closed = pool.close_within(PATIENCE).await;
    println!("closed; pool {}", pool.status());
    closed.map_err(|left| format!("not all came back in {PATIENCE:?}: {left}").into())
}

/// A pool whose limits are short, so that what goes wrong is soon seen.
fn build(cli: &Cli, backend: &Backend, journal: &Journal) -> Result<Pool<Connection>, BuildError> {
    Pool::<Connection>::builder(backend.clone())
        .name("orders")
        .max_size(cli.max_size.into())
        .get_timeout(Duration::from_secs(3))
        .create_timeout(Duration::from_secs(1))
        .max_lifetime(Duration::from_secs(20))
        .lifetime_jitter(0.5)
        .idle_timeout(Duration::from_secs(5))
        .track_holders(true)
        .observer(journal.clone())
        .build()
}

/// Serves the page until an interrupt. The work that feeds it ends first, and with it the streams that
/// the open pages read.
async fn serve(
    listener: TcpListener,
    controls: Controls,
    mut work: JoinSet<()>,
) -> Result<(), Box<dyn Error>> {
    let (stop, stopped) = oneshot::channel::<()>();
    let router = page::routes().merge(api::routes()).with_state(controls);
    let server = axum::serve(listener, router).with_graceful_shutdown(async {
        stopped.await.ok();
    });
    let mut server = pin!(server.into_future());
    tokio::select! {
        ended = &mut server => return Ok(ended?),
        interrupt = ctrl_c() => interrupt?,
    }
    work.shutdown().await;
    drop(stop);
    // A browser that keeps its connection open all the same is not waited for any longer.
    timeout(PATIENCE, server).await.ok();
    Ok(())
}

/// How long who is to end has for it.
const PATIENCE: Duration = Duration::from_secs(3);
