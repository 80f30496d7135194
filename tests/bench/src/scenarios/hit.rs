//! One task on a pool that always has something idle.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use deadpool::managed::Timeouts;
use pool_tokio::Event;

use super::cases::{HIT, OURS_LIMITS, OURS_OBSERVED, OURS_TIMEOUT};
use super::{blocking, hot};
use crate::contenders::{
    AsyncChannel, BareMutex, Bb8, Contender, Deadpool, DeadpoolUnmanaged, FastPool, LONG, Mobc,
    Ours, OwnedItem, R2d2, SemaphoreAndMutex, Settings, builder, fill,
};
use crate::harness::{Entry, Figure, Scale, Scenario, alone, end, on_core};

pub(crate) fn one_task() -> Scenario {
    Scenario {
        name: "hit",
        title: "one task, get and drop, something idle",
        references: &[Deadpool::NAME, BareMutex::NAME],
        is_exact: false,
        entries: vec![
            hit::<Ours>(PLAIN),
            hit::<Deadpool>(PLAIN),
            hit::<DeadpoolUnmanaged>(PLAIN),
            hit::<Bb8>(PLAIN),
            entry("bb8, borrowed item", async |gets| {
                let pool = hot::<Bb8>(PLAIN).await;
                let begun = Instant::now();
                for _ in 0..gets {
                    end(pool.get().await.expect("idle"));
                }
                begun.elapsed()
            }),
            hit::<Mobc>(PLAIN),
            hit::<FastPool>(PLAIN),
            blocking::of_hit::<R2d2>(),
            hit::<SemaphoreAndMutex>(PLAIN),
            hit::<AsyncChannel>(PLAIN),
            owned_floor(),
            floor(),
        ],
    }
}

pub(crate) fn try_get() -> Scenario {
    Scenario {
        name: "try-get",
        title: "try_get and drop, something idle",
        references: &[Deadpool::NAME, BareMutex::NAME],
        is_exact: false,
        entries: vec![
            entry(Ours::NAME, async |gets| {
                let pool = hot::<Ours>(PLAIN).await;
                let begun = Instant::now();
                for _ in 0..gets {
                    end(pool.try_get().expect("idle"));
                }
                begun.elapsed()
            }),
            // It has no `try_get`; this is what does not wait.
            entry(Deadpool::NAME, async |gets| {
                let pool = hot::<Deadpool>(PLAIN).await;
                let at_once = Timeouts { wait: Some(Duration::ZERO), ..Timeouts::default() };
                let begun = Instant::now();
                for _ in 0..gets {
                    end(pool.timeout_get(&at_once).await.expect("idle"));
                }
                begun.elapsed()
            }),
            entry(DeadpoolUnmanaged::NAME, async |gets| {
                let pool = hot::<DeadpoolUnmanaged>(PLAIN).await;
                let begun = Instant::now();
                for _ in 0..gets {
                    end(pool.try_get().expect("idle"));
                }
                begun.elapsed()
            }),
            floor(),
        ],
    }
}

/// What the settings that one has in production cost where they have nothing to do.
pub(crate) fn configured() -> Scenario {
    Scenario {
        name: "configured",
        title: "a hit with timeouts and lifetimes set; with an observer",
        references: &[Ours::NAME, Deadpool::NAME, BareMutex::NAME],
        is_exact: false,
        entries: vec![
            hit::<Ours>(PLAIN),
            entry(OURS_TIMEOUT, async |gets| {
                let pool = builder(PLAIN).get_timeout(LONG).build().expect("the settings agree");
                fill(&pool, PLAIN.max_size).await;
                time(&pool, gets).await
            }),
            entry(OURS_LIMITS, async |gets| time(&hot::<Ours>(LIMITS).await, gets).await),
            entry(OURS_OBSERVED, async |gets| {
                let events = AtomicU64::new(0);
                let observer = move |_: &Event| {
                    events.fetch_add(1, Ordering::Relaxed);
                };
                let pool = builder(LIMITS).observer(observer).build().expect("they agree");
                fill(&pool, LIMITS.max_size).await;
                time(&pool, gets).await
            }),
            hit::<Deadpool>(LIMITS),
            hit::<Bb8>(LIMITS),
            hit::<Mobc>(LIMITS),
            hit::<FastPool>(LIMITS),
            floor(),
        ],
    }
}

pub(super) fn hit<C: Contender>(settings: Settings) -> Entry {
    entry(C::NAME, async move |gets| time(&hot::<C>(settings).await, gets).await)
}

pub(super) fn entry(
    name: &'static str,
    run: impl AsyncFn(u32) -> Duration + Send + Sync + 'static,
) -> Entry {
    Entry::new(name, move |scale| {
        let gets = gets(scale);
        vec![Figure::each(HIT, alone(async || run(gets).await), gets)]
    })
}

pub(super) async fn time<C: Contender>(pool: &C, gets: u32) -> Duration {
    let begun = Instant::now();
    for _ in 0..gets {
        end(pool.get().await.expect("idle"));
    }
    begun.elapsed()
}

fn owned_floor() -> Entry {
    Entry::new(OwnedItem::NAME, |scale| {
        let gets = gets(scale);
        let time = on_core(0, || OwnedItem::new(PLAIN.max_size).time(gets));
        vec![Figure::each(HIT, time, gets)]
    })
}

fn floor() -> Entry {
    Entry::new(BareMutex::NAME, |scale| {
        let gets = gets(scale);
        let time = on_core(0, || BareMutex::new(PLAIN.max_size).time(gets));
        vec![Figure::each(HIT, time, gets)]
    })
}

fn gets(scale: Scale) -> u32 {
    scale.of(200_000)
}

pub(super) const PLAIN: Settings = Settings::of(4);

const LIMITS: Settings = Settings { limits: true, ..PLAIN };
