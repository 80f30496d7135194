//! What this pool's figures are to reach, as ratios of one run.

use serde::Serialize;

use crate::contenders::{BareMutex, Contender, Deadpool, Ours};
use crate::harness::Results;
use crate::scenarios::cases;
use crate::statistics::Summary;

/// A figure that is aimed at, and one that has to be reached.
#[derive(Clone, Copy)]
struct Target {
    what: &'static str,
    scenario: &'static str,
    case: &'static str,
    contender: &'static str,
    /// Nothing if the figure itself counts.
    reference: Option<&'static str>,
    aim: f64,
    must: f64,
}

/// What came of a target.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    what: &'static str,
    reference: Option<&'static str>,
    aim: f64,
    must: f64,
    measured: f64,
}

impl Verdict {
    const fn word(&self) -> &'static str {
        if self.measured <= self.aim {
            "reached"
        } else if self.measured <= self.must {
            "must reached, aim missed"
        } else {
            "**missed**"
        }
    }
}

/// Holds the figures of this pool against their targets, as far as they were measured.
pub(crate) fn check(results: &[Results]) -> Vec<Verdict> {
    targets().into_iter().filter_map(|target| measure(target, results)).collect()
}

fn measure(target: Target, results: &[Results]) -> Option<Verdict> {
    let Target { what, scenario, case, contender, reference, aim, must } = target;
    let results = results.iter().find(|results| results.name == scenario)?;
    let case = results.cases.iter().find(|it| it.name == case)?;
    let values = case.values(contender)?;
    let summary = match reference {
        None => Summary::of(values.to_vec())?,
        Some(reference) => Summary::of_ratios(values, case.values(reference)?)?,
    };
    Some(Verdict { what, reference, aim, must, measured: summary.median })
}

/// Prints them as a table in Markdown.
pub(crate) fn print(verdicts: &[Verdict]) {
    println!("\n| | against | aim | must | measured | |\n|---|---|---|---|---|---|");
    for verdict in verdicts {
        let Verdict { what, reference, aim, must, measured } = verdict;
        let digits = if *must < 10.0 && reference.is_some() { 3 } else { 0 };
        let reference = reference.map_or_else(String::new, |name| format!("`{name}`"));
        println!(
            "| {what} | {reference} | {aim} | {must} | {measured:.digits$} | {} |",
            verdict.word()
        );
    }
}

fn targets() -> Vec<Target> {
    let waits = cases::CURRENT_THREAD_WAITS[1];
    let mut targets = vec![
        against(DEADPOOL, "hit, get and drop", ("hit", cases::HIT), (0.12, 0.14)),
        against(FLOOR, "hit, get and drop", ("hit", cases::HIT), (2.0, 2.5)),
        against(FLOOR, "`try_get` and drop", ("try-get", cases::HIT), (1.5, 1.75)),
        against(DEADPOOL, "two pinned threads", ("threads", cases::TWO_THREADS), (0.10, 0.15)),
        against(DEADPOOL, "1000 over 8", ("crowd", cases::CURRENT_THREAD), (0.6, 0.8)),
        against(DEADPOOL, "1000 over 8, p99 of the wait", ("waits", waits), (0.8, 1.0)),
        against(DEADPOOL, "drain of 100,000", ("drain", cases::DRAIN_100_000), (0.5, 1.0)),
        against(
            DEADPOOL,
            "leaving from 10,000, the drop alone",
            ("leave", cases::LEAVE),
            (0.5, 1.0),
        ),
        against(DEADPOOL, "the same, with the wait", ("leave", cases::WAIT_AND_LEAVE), (0.5, 1.0)),
    ];
    let configured = [
        ("hit with `get_timeout`", cases::OURS_TIMEOUT),
        ("hit with timeouts and lifetimes", cases::OURS_LIMITS),
    ];
    targets.extend(configured.map(|(what, contender)| Target {
        contender,
        ..against(Ours::NAME, what, ("configured", cases::HIT), (1.1, 1.25))
    }));
    targets.extend(cases::BYTES.map(|case| figure(case, ("parked", case), (200.0, 230.0))));
    targets.extend([
        figure("allocations of a hit", ("sizes", cases::ALLOCATIONS_HIT), (0.0, 0.0)),
        figure("allocations of a get that waits", ("sizes", cases::ALLOCATIONS_WAITED), (0.0, 0.0)),
        figure("bytes of an item", ("sizes", cases::ITEM), (16.0, 16.0)),
        figure("bytes of the get future", ("sizes", cases::FUTURE), (160.0, 180.0)),
    ]);
    targets
}

/// A ratio of the same round.
fn against(
    reference: &'static str,
    what: &'static str,
    at: (&'static str, &'static str),
    limits: (f64, f64),
) -> Target {
    Target { reference: Some(reference), ..figure(what, at, limits) }
}

/// A figure that counts by itself.
fn figure(
    what: &'static str,
    (scenario, case): (&'static str, &'static str),
    (aim, must): (f64, f64),
) -> Target {
    Target { what, scenario, case, contender: Ours::NAME, reference: None, aim, must }
}

const DEADPOOL: &str = Deadpool::NAME;

const FLOOR: &str = BareMutex::NAME;
