//! A burst of creates: an empty pool, and as many tasks as it may make resources.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::sync::Barrier;

use super::cases::{CURRENT_THREAD, WORKERS};
use crate::contenders::{Bb8, Contender, Deadpool, FastPool, Mobc, Ours, Settings};
use crate::harness::{Entry, Figure, Scenario, current_thread, on_core, workers};

pub(crate) fn burst() -> Scenario {
    Scenario {
        name: "creates",
        title: "1000 tasks on an empty pool of 1000, a create yields once; per create",
        references: &[Deadpool::NAME],
        is_exact: false,
        entries: vec![of::<Ours>(), of::<Deadpool>(), of::<Bb8>(), of::<Mobc>(), of::<FastPool>()],
    }
}

fn of<C: Contender>() -> Entry {
    Entry::new(C::NAME, |_| {
        let alone = on_core(0, || create_all::<C>(&current_thread()));
        vec![
            Figure::each(CURRENT_THREAD, alone, CREATES),
            Figure::each(WORKERS, create_all::<C>(&workers(2)), CREATES),
        ]
    })
}

/// Until all tasks hold an item.
fn create_all<C: Contender>(runtime: &Runtime) -> Duration {
    runtime.block_on(async {
        let max_size = usize::try_from(CREATES).expect("a count fits");
        let pool = C::build(Settings { yields: true, ..Settings::of(max_size) });
        let all_hold = Arc::new(Barrier::new(max_size + 1));
        let begun = Instant::now();
        for _ in 0..CREATES {
            let (pool, all_hold) = (pool.clone(), Arc::clone(&all_hold));
            tokio::spawn(async move {
                let item = pool.get().await.expect("made");
                all_hold.wait().await;
                drop(item);
            });
        }
        all_hold.wait().await;
        begun.elapsed()
    })
}

const CREATES: u32 = 1000;
