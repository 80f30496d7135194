//! Runs every contender of every scenario once in each round, in another order each time, so that
//! what disturbs the machine disturbs all of them alike.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::runtime::{Builder, Runtime};

/// One thing to compare, and who is compared in it.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// The contenders that the others are held against, deadpool first where it takes part.
    pub(crate) references: &'static [&'static str],
    /// Repeats exactly, so one round will do.
    pub(crate) is_exact: bool,
    pub(crate) entries: Vec<Entry>,
}

/// A contender in a scenario.
pub(crate) struct Entry {
    contender: &'static str,
    run: Box<dyn Fn(Scale) -> Vec<Figure>>,
}

impl Entry {
    pub(crate) fn new(
        contender: &'static str,
        run: impl Fn(Scale) -> Vec<Figure> + 'static,
    ) -> Self {
        Self { contender, run: Box::new(run) }
    }
}

/// Uses an item where it stands, and gives it back. Sent through `black_box` by value, it would be
/// copied in memory: a guard of two words then waits for its own stores, one of one word does not.
#[inline]
pub(crate) fn end<I>(mut item: I) {
    black_box(&mut item);
}

/// How much is done in a round.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) is_quick: bool,
}

impl Scale {
    pub(crate) fn of(self, times: u32) -> u32 {
        if self.is_quick { times / 5 } else { times }
    }
}

/// What one run of one contender measured, less being better.
pub(crate) struct Figure {
    pub(crate) case: &'static str,
    pub(crate) unit: Unit,
    pub(crate) value: f64,
}

impl Figure {
    /// How long each of so many took.
    pub(crate) fn each(case: &'static str, time: Duration, times: u32) -> Self {
        let value = time.as_secs_f64() * 1e9 / f64::from(times);
        Self { case, unit: Unit::Nanoseconds, value }
    }

    pub(crate) fn new(case: &'static str, unit: Unit, value: f64) -> Self {
        Self { case, unit, value }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Unit {
    #[serde(rename = "ns")]
    Nanoseconds,
    #[serde(rename = "µs")]
    Microseconds,
    #[serde(rename = "bytes")]
    Bytes,
    #[serde(rename = "count")]
    Count,
}

impl Unit {
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Microseconds => "µs",
            Self::Bytes => "bytes",
            Self::Count => "",
        }
    }
}

/// What all rounds of a scenario measured.
pub(crate) struct Results {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) references: &'static [&'static str],
    pub(crate) cases: Vec<Case>,
}

/// One figure of all contenders.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    /// The contenders in the order of their entries, with a value for each round.
    pub(crate) series: Vec<(&'static str, Vec<f64>)>,
}

impl Results {
    fn new(scenario: &Scenario) -> Self {
        let Scenario { name, title, references, .. } = *scenario;
        Self { name, title, references, cases: Vec::new() }
    }

    fn add(&mut self, contender: &'static str, figures: Vec<Figure>) {
        for Figure { case: name, unit, value } in figures {
            let at = self.cases.iter().position(|case| case.name == name);
            let at = at.unwrap_or_else(|| {
                self.cases.push(Case { name, unit, series: Vec::new() });
                self.cases.len() - 1
            });
            let series = &mut self.cases[at].series;
            match series.iter_mut().find(|(name, _)| *name == contender) {
                Some((_, values)) => values.push(value),
                None => series.push((contender, vec![value])),
            }
        }
    }
}

impl Case {
    pub(crate) fn values(&self, contender: &str) -> Option<&[f64]> {
        let found = self.series.iter().find(|(name, _)| *name == contender);
        found.map(|(_, values)| values.as_slice())
    }
}

/// Runs so many rounds of them all.
pub(crate) fn run(scenarios: &[Scenario], rounds: usize, scale: Scale) -> Vec<Results> {
    let mut results: Vec<_> = scenarios.iter().map(Results::new).collect();
    let entries: usize = scenarios.iter().map(|scenario| scenario.entries.len()).sum();
    let progress = progress(rounds * entries);
    for round in 0..rounds {
        for (scenario, results) in scenarios.iter().zip(&mut results) {
            let count = scenario.entries.len();
            for at in 0..count {
                // Everybody comes after everybody else in turn, also when rounds are few.
                let step = if round % 2 == 0 { at } else { count - 1 - at };
                let entry = &scenario.entries[(step + round) % count];
                progress.set_message(format!("{}: {}", scenario.name, entry.contender));
                if round == 0 || !scenario.is_exact {
                    results.add(entry.contender, (entry.run)(scale));
                }
                progress.inc(1);
            }
        }
    }
    progress.finish_and_clear();
    for (scenario, results) in scenarios.iter().zip(&mut results) {
        let place = |name: &str| scenario.entries.iter().position(|it| it.contender == name);
        for case in &mut results.cases {
            case.series.sort_by_key(|(name, _)| place(name));
        }
    }
    results
}

fn progress(runs: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} {msg}");
    let runs = u64::try_from(runs).expect("a count fits");
    ProgressBar::new(runs).with_style(style.expect("the template is right"))
}

/// Runs on a pinned thread of its own, on a `current_thread` runtime.
pub(crate) fn alone<T: Send>(run: impl AsyncFnOnce() -> T + Send) -> T {
    on_core(0, || current_thread().block_on(run()))
}

/// Runs on a thread of its own, pinned to that core where there is one.
pub(crate) fn on_core<T: Send>(core: usize, run: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            pin(core);
            run()
        });
        thread.join().expect("a run does not panic")
    })
}

/// Pins this thread to that core; where that can't be done it runs where it may.
pub(crate) fn pin(core: usize) {
    if let Some(&id) = core_affinity::get_core_ids().unwrap_or_default().get(core) {
        core_affinity::set_for_current(id);
    }
}

/// With a timer, as some peers always set one.
pub(crate) fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

/// With so many workers, each pinned to a core of its own.
pub(crate) fn workers(count: usize) -> Runtime {
    let started = AtomicUsize::new(0);
    Builder::new_multi_thread()
        .worker_threads(count)
        .on_thread_start(move || pin(started.fetch_add(1, Ordering::Relaxed)))
        .enable_time()
        .build()
        .expect("a runtime")
}
