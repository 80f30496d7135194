//! A pool under mixed load, measured: an endpoint for Prometheus, and beside it a dashboard for
//! Grafana, `dashboard.json`.
//!
//! ```text
//! cargo run --release -p pool-example-prometheus -- --port 9464
//! curl http://127.0.0.1:9464/metrics
//! ```
//!
//! Where to look: this file has what a service needs, `load.rs` what it is busy with, `server.rs` an
//! endpoint on a port that is free, where `with_http_listener` of the exporter would need one known.

mod load;
mod server;

use std::error::Error;
use std::net::Ipv4Addr;
use std::time::Duration;

use clap::Parser;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use pool_tokio::{Metrics, Pool};
use tokio::net::TcpListener;
use tokio::time::interval;

use self::load::Connection;

/// A pool under mixed load, with an endpoint for Prometheus on loopback.
#[derive(Debug, Parser)]
#[command(name = "pool-example-prometheus")]
struct Cli {
    /// The endpoint's port; 0 takes one that is free
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// How many connections there are at most
    #[arg(long, default_value_t = 8, value_name = "N")]
    pool_size: usize,

    /// How many tasks use them
    #[arg(long, default_value_t = 40, value_name = "N")]
    tasks: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let cli = Cli::parse();
    // The recorder comes first: what is made before it is measured by nobody.
    let recorder = PrometheusBuilder::new()
        .with_recommended_naming(true)
        .set_buckets_for_metric(Matcher::Suffix("_time".to_owned()), &BUCKETS)?
        .install_recorder()?;
    let metrics = Metrics::new("orders");
    let pool = Pool::<Connection>::builder(())
        .name("orders")
        .max_size(cli.pool_size)
        .min_idle(1.min(cli.pool_size))
        .get_timeout(Duration::from_millis(25))
        .max_lifetime(Duration::from_secs(3))
        .idle_timeout(Duration::from_secs(1))
        .observer(metrics.clone())
        .build()?;
    tokio::spawn(metrics.report_every(&pool, Duration::from_millis(500)));
    tokio::spawn(upkeep(recorder.clone()));

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, cli.port)).await?;
    println!("http://{}/metrics", listener.local_addr()?);
    for _ in 0..cli.tasks {
        tokio::spawn(load::use_for_ever(pool.clone()));
    }
    tokio::select! {
        ended = server::serve(listener, move || recorder.render()) => ended?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

/// Has the recorder digest its samples, so that they take no room for ever.
async fn upkeep(recorder: PrometheusHandle) {
    let mut turns = interval(Duration::from_secs(5));
    loop {
        turns.tick().await;
        recorder.run_upkeep();
    }
}

/// In seconds: as OpenTelemetry advises for how long a database's operations take, and half a
/// millisecond, as most waits are short.
const BUCKETS: [f64; 10] = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
