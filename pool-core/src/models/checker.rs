//! The two model checkers behind one face: threads, waiting for a future, trying many orders.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(loom)]
pub(super) use loom::{future::block_on, thread};
#[cfg(shuttle)]
pub(super) use shuttle::{future::block_on, thread};

/// Tries a model in as many orders as the checker thinks of, and says how many those were.
pub(super) fn explore<F: Fn() + Send + Sync + 'static>(model: F) {
    explore_part(1.0 / 70.0, model);
}

/// As `explore`; where orders are drawn, this part of all that are to be drawn.
#[expect(clippy::disallowed_methods, reason = "a test may take as long as it says")]
pub(super) fn explore_part<F: Fn() + Send + Sync + 'static>(part: f64, model: F) {
    let begun = std::time::Instant::now();
    let executions = Arc::new(AtomicUsize::new(0));
    let counted = {
        let executions = Arc::clone(&executions);
        move || {
            executions.fetch_add(1, Ordering::Relaxed);
            model();
        }
    };
    check(part, counted);
    let path = std::any::type_name::<F>();
    let name = path.rsplit("::").find(|name| !name.starts_with('{')).unwrap_or(path);
    // Past the test runner, which would keep it to itself.
    let executions = executions.load(Ordering::Relaxed);
    let report = format!("{name}: {executions} executions, {:.2?}\n", begun.elapsed());
    io::stderr().write_all(report.as_bytes()).expect("standard error is open");
}

#[cfg(loom)]
fn check(_: f64, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(3);
    builder.max_branches = builder.max_branches.max(10_000);
    builder.max_threads = 5;
    builder.check(model);
}

#[cfg(shuttle)]
fn check(part: f64, model: impl Fn() + Send + Sync + 'static) {
    use shuttle::scheduler::{PctScheduler, RandomScheduler};

    let all =
        std::env::var("POOL_SCHEDULES").map_or(100_000.0, |all| all.parse().expect("a number"));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let half = (all * part / 2.0).ceil() as usize;
    let model = Arc::new(model);
    let mut config = shuttle::Config::new();
    config.stack_size = 128 * 1024;
    let again = Arc::clone(&model);
    shuttle::Runner::new(RandomScheduler::new(half), config.clone()).run(move || again());
    shuttle::Runner::new(PctScheduler::new(4, half), config).run(move || model());
}
