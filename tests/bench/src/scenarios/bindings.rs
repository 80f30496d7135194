//! The same hit on several executors' bindings: what each asks of its executor, and nothing else, as
//! all are polled by the same one.

use std::time::{Duration, Instant};

use pool_example_smol::Smol;
use pool_example_threads::Threads;
use pool_tokio::{Builder, Runtime, Tokio};

use super::cases::HIT;
use crate::contenders::Block;
use crate::harness::{Entry, Figure, Scenario, alone, end};

pub(crate) fn bindings() -> Scenario {
    Scenario {
        name: "bindings",
        title: "this pool on other executors' bindings, get and drop, something idle",
        references: &[TOKIO],
        is_exact: false,
        entries: vec![of::<Tokio>(TOKIO), of::<Smol>("smol"), of::<Threads>("threads")],
    }
}

fn of<R: Runtime + Default>(name: &'static str) -> Entry {
    Entry::new(name, |scale| {
        let gets = scale.of(200_000);
        vec![Figure::each(HIT, alone(async || time::<R>(gets).await), gets)]
    })
}

async fn time<R: Runtime + Default>(gets: u32) -> Duration {
    let builder = Builder::<Block, R>::new(false, R::default()).get_timeout(None);
    let pool = builder.max_size(4).min_size(4).build_filled().await.expect("made");
    for _ in 0..1000 {
        drop(pool.get().await.expect("idle"));
    }
    let begun = Instant::now();
    for _ in 0..gets {
        end(pool.get().await.expect("idle"));
    }
    begun.elapsed()
}

const TOKIO: &str = "tokio";
