//! What those who observe a pool add to a hit: `metrics`, and `tracing` with and without somebody
//! who listens.

use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use pool_tokio::{Builder, Event, Metrics, Tokio, Tracing};
use tracing::Subscriber;
use tracing::callsite::rebuild_interest_cache;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry;

use super::hit::{PLAIN, entry, hit, time};
use crate::contenders::{Block, Contender, Ours, builder, fill};
use crate::harness::{Entry, Scenario};

pub(crate) fn observed() -> Scenario {
    Scenario {
        name: "observed",
        title: "a hit with `metrics` and `tracing`",
        references: &[Ours::NAME],
        is_exact: false,
        entries: vec![
            hit::<Ours>(PLAIN),
            entry("a closure that does nothing", async |gets| {
                run(builder(PLAIN).observer(|_: &Event| {}), gets).await
            }),
            entry("metrics, no recorder", async |gets| {
                run(builder(PLAIN).observer(Metrics::new("bench")), gets).await
            }),
            entry("metrics, Prometheus", async |gets| {
                let recorder = PrometheusBuilder::new().build_recorder();
                let metrics = metrics::with_local_recorder(&recorder, || Metrics::new("bench"));
                run(builder(PLAIN).observer(metrics), gets).await
            }),
            entry("tracing, no subscriber", async |gets| {
                // A listener of an earlier round is forgotten only so.
                rebuild_interest_cache();
                run(builder(PLAIN).observer(Tracing::new("bench")), gets).await
            }),
            listened("tracing, a layer that takes INFO", LevelFilter::INFO),
            listened("tracing, a layer that takes TRACE", LevelFilter::TRACE),
        ],
    }
}

/// With a layer that does nothing with what it is told.
fn listened(name: &'static str, most: LevelFilter) -> Entry {
    entry(name, async move |gets| {
        let subscriber = registry().with(most).with(Deaf);
        let _listening = tracing::subscriber::set_default(subscriber);
        run(builder(PLAIN).observer(Tracing::new("bench")), gets).await
    })
}

async fn run(builder: Builder<Block, Tokio>, gets: u32) -> Duration {
    let pool = builder.build().expect("the settings agree");
    fill(&pool, PLAIN.max_size).await;
    time(&pool, gets).await
}

/// Is told everything.
struct Deaf;

impl<S: Subscriber> Layer<S> for Deaf {}
