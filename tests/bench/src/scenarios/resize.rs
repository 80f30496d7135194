//! Tasks that get and drop while the maximum goes up and down.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::{LocalSet, spawn_local, yield_now};

use crate::contenders::{Contender, Deadpool, FastPool, Ours, Settings, warm};
use crate::harness::{Entry, Figure, Scenario, Unit, alone};

pub(crate) fn under_load() -> Scenario {
    Scenario {
        name: "resize",
        title: "64 tasks, the maximum goes from 8 to 4 and back every 16 gets",
        references: &[Deadpool::NAME],
        is_exact: false,
        entries: vec![
            of(|pool: &Ours, max_size| pool.resize(max_size)),
            of(|pool: &Deadpool, max_size| pool.resize(max_size)),
            of(|pool: &FastPool, max_size| {
                pool.set_max_open(u64::try_from(max_size).expect("a size fits"));
            }),
        ],
    }
}

fn of<C: Contender>(resize: fn(&C, usize)) -> Entry {
    Entry::new(C::NAME, move |scale| {
        let gets = scale.of(50_000);
        let (took, most) = alone(async || LocalSet::new().run_until(run(resize, gets)).await);
        vec![
            Figure::each("get, yield, drop", took, gets),
            Figure::new("held at most, of 8", Unit::Count, f64::from(most)),
        ]
    })
}

/// What the tasks have done together.
#[derive(Default)]
struct Progress {
    gets: Cell<u32>,
    held: Cell<u32>,
    most: Cell<u32>,
}

async fn run<C: Contender>(resize: fn(&C, usize), gets: u32) -> (Duration, u32) {
    let pool = warm::<C>(Settings::of(LARGE)).await;
    let progress = Rc::new(Progress::default());
    let begun = Instant::now();
    let task = || spawn_local(get_and_drop(pool.clone(), resize, Rc::clone(&progress), gets));
    let tasks: Vec<_> = (0..64).map(|_| task()).collect();
    for task in tasks {
        task.await.expect("a task does not panic");
    }
    (begun.elapsed(), progress.most.get())
}

async fn get_and_drop<C: Contender>(
    pool: C,
    resize: fn(&C, usize),
    progress: Rc<Progress>,
    gets: u32,
) {
    while progress.gets.get() < gets {
        let count = progress.gets.replace(progress.gets.get() + 1);
        let item = pool.get().await.expect("served");
        progress.held.set(progress.held.get() + 1);
        progress.most.set(progress.most.get().max(progress.held.get()));
        yield_now().await;
        progress.held.set(progress.held.get() - 1);
        drop(item);
        match count % 32 {
            0 => resize(&pool, SMALL),
            16 => resize(&pool, LARGE),
            _ => {}
        }
    }
}

const LARGE: usize = 8;

const SMALL: usize = 4;
