//! What is printed in the end.

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;
use indicatif::{HumanCount, HumanFloatCount};
use pool_tokio::Status;

use super::load::Times;

/// Both ways side by side.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) shared: Run,
    pub(crate) fresh: Run,
    pub(crate) before: Status,
    pub(crate) after: Status,
}

/// One way: how long it took, and how many connections it opened.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) times: Times,
    pub(crate) creates: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shared, fresh, before, after } = self;
        let rates = [shared, fresh].map(|run| run.times.queries_per_second());
        let ratio = rates[0] / rates[1];

        writeln!(f, "all answers equal those of a plain scan of the files\n")?;
        row(f, "", ["pool", "fresh connections"])?;
        row(f, "connections opened", [shared, fresh].map(|run| HumanCount(run.creates)))?;
        row(f, "total time", [shared, fresh].map(|run| format!("{:.2?}", run.times.total)))?;
        row(f, "queries/s", rates.map(|rate| format!("{:.0}", HumanFloatCount(rate))))?;
        let latencies = [shared, fresh].map(|run| &run.times.latencies);
        percentiles(f, "wait", latencies.map(|latencies| &latencies.wait))?;
        percentiles(f, "hold", latencies.map(|latencies| &latencies.hold))?;
        writeln!(f, "\nthe pool answers {ratio:.1} times as many queries per second")?;
        writeln!(f, "pool before: {before}")?;
        write!(f, "pool after:  {after}")
    }
}

fn percentiles(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    histograms: [&Histogram<u64>; 2],
) -> fmt::Result {
    for (name, quantile) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
        let values = histograms.map(|histogram| {
            let value = Duration::from_nanos(histogram.value_at_quantile(quantile));
            format!("{value:.1?}")
        });
        row(f, &format!("{what} {name}"), values)?;
    }
    Ok(())
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, cells: [impl fmt::Display; 2]) -> fmt::Result {
    let [pool, fresh] = cells.map(|cell| cell.to_string());
    writeln!(f, "{name:<20}{pool:>12}{fresh:>20}")
}
