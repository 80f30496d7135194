//! What was measured, as tables to read and as JSON.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use serde::Serialize;

use crate::harness::{Case, Results, Unit};
use crate::machine::Machine;
use crate::statistics::Summary;
use crate::targets::Verdict;

/// One line of a table.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) contender: &'static str,
    pub(crate) value: Summary,
    /// Against each reference of the scenario, in its order: round by round.
    ratios: Vec<Option<Summary>>,
}

/// The lines of a case, the least first.
pub(crate) fn rows(references: &[&str], case: &Case) -> Vec<Row> {
    let row = |(contender, values): &(&'static str, Vec<f64>)| {
        let ratios = references.iter().map(|reference| {
            // Counts are zero or nearly so: their ratios say nothing.
            let to = case.values(reference).filter(|_| case.unit != Unit::Count)?;
            Summary::of_ratios(values, to)
        });
        let value = Summary::of(values.clone())?;
        Some(Row { contender, value, ratios: ratios.collect() })
    };
    let mut rows: Vec<_> = case.series.iter().filter_map(row).collect();
    rows.sort_by(|one, other| one.value.median.total_cmp(&other.value.median));
    rows
}

pub(crate) fn print(results: &[Results]) {
    for Results { name, title, references, cases } in results {
        println!("\n{name}: {title}");
        for case in cases {
            print_case(references, case);
        }
    }
}

fn print_case(references: &[&str], case: &Case) {
    print!("  {:<34} {:>10}", case.name, case.unit.label());
    for reference in references {
        print!(" {:>24}", format!("x {reference}"));
    }
    println!();
    for row in rows(references, case) {
        print!("    {:<32} {:>10}", row.contender, number(case.unit, row.value.median));
        for ratio in &row.ratios {
            let ratio = ratio.filter(|ratio| ratio.median.is_finite());
            let text =
                ratio.map_or_else(String::new, |Summary { median, quartiles: [low, high] }| {
                    format!("{median:.3} ({low:.2}-{high:.2})")
                });
            print!(" {text:>24}");
        }
        println!();
    }
}

pub(crate) fn number(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Count => format!("{value:.2}"),
        _ if value < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    machine: &'a Machine,
    rounds: usize,
    targets: &'a [Verdict],
    scenarios: Vec<Section<'a>>,
}

#[derive(Serialize)]
struct Section<'a> {
    name: &'a str,
    title: &'a str,
    references: &'a [&'static str],
    cases: Vec<Table<'a>>,
}

impl<'a> Section<'a> {
    fn new(results: &'a Results) -> Self {
        let Results { name, title, references, cases } = results;
        let table = |case: &'a Case| Table {
            name: case.name,
            unit: case.unit,
            rows: rows(references, case),
        };
        Self { name, title, references, cases: cases.iter().map(table).collect() }
    }
}

#[derive(Serialize)]
struct Table<'a> {
    name: &'a str,
    unit: Unit,
    rows: Vec<Row>,
}

/// Writes all figures, medians and quartiles, of values and of ratios.
pub(crate) fn write_json(
    path: &Path,
    machine: &Machine,
    rounds: usize,
    targets: &[Verdict],
    results: &[Results],
) -> io::Result<()> {
    let scenarios = results.iter().map(Section::new).collect();
    let document = Document { machine, rounds, targets, scenarios };
    serde_json::to_writer_pretty(BufWriter::new(File::create(path)?), &document)?;
    Ok(())
}
