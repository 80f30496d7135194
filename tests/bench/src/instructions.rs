//! The gate: instructions of each path, counted by callgrind, against those that are committed.
//!
//! Nanoseconds differ from machine to machine and from hour to hour; these repeat to one in a
//! thousand, with one compiler and one profile. Count and bless with `--profile bench`.

use std::fs;
use std::path::Path;
use std::process::Command;

use clap::ValueEnum;

use crate::workload::Workload;

/// Counts each path and compares it, or with `bless` writes the counts down. Says whether none is
/// dearer than it may be.
pub(crate) fn check(bless: bool) -> Result<bool, String> {
    let counts = GATED.map(|workload| Ok((workload, price(workload)?)));
    let counts: Vec<(Workload, f64)> = counts.into_iter().collect::<Result<_, String>>()?;
    if bless {
        let lines = counts.iter().map(|(workload, count)| format!("{} {count}\n", workload.name()));
        let text = HEAD.to_owned() + &lines.collect::<String>();
        fs::write(path(), text).map_err(|error| format!("the counts can't be written: {error}"))?;
    }
    compare(&counts, &committed()?)
}

fn compare(counts: &[(Workload, f64)], committed: &[(Workload, f64)]) -> Result<bool, String> {
    println!("{:<10} {:>12} {:>10} {:>9}", "path", "instructions", "committed", "change");
    let mut is_good = true;
    for (workload, count) in counts {
        let found = committed.iter().find(|(committed, _)| committed == workload);
        let name = workload.name();
        let (_, before) = found.ok_or_else(|| format!("no count is committed for {name}"))?;
        let change = count / before - 1.0;
        let verdict = match change {
            change if change > TOLERANCE => "dearer",
            change if change < -TOLERANCE => "cheaper: bless it",
            _ => "",
        };
        is_good &= change <= TOLERANCE;
        println!("{name:<10} {count:>12} {before:>10} {:>+8.1}% {verdict}", change * 100.0);
    }
    Ok(is_good)
}

/// Instructions of one, which is what more of them take.
fn price(workload: Workload) -> Result<f64, String> {
    let [few, many] = TIMES;
    let difference = count(workload, many)? - count(workload, few)?;
    Ok((difference / f64::from(many - few)).round())
}

/// Instructions of a run of this program.
fn count(workload: Workload, times: u32) -> Result<f64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--only", workload.name(), "--gets", &times.to_string()])
        .output()
        .map_err(|error| format!("valgrind can't be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find(|line| line.contains("Collected"));
    let count = line.and_then(|line| line.split_whitespace().last()?.parse().ok());
    count.filter(|_| output.status.success()).ok_or_else(|| format!("valgrind failed: {said}"))
}

fn committed() -> Result<Vec<(Workload, f64)>, String> {
    let text = fs::read_to_string(path()).map_err(|error| format!("{PATH}: {error}"))?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| parse(line).ok_or_else(|| format!("{PATH}: no path and count: {line}")))
        .collect()
}

fn parse(line: &str) -> Option<(Workload, f64)> {
    let (name, count) = line.split_once(' ')?;
    Some((Workload::from_str(name, false).ok()?, count.parse().ok()?))
}

fn path() -> &'static Path {
    Path::new(PATH)
}

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.txt");

const HEAD: &str = "# Instructions of each path, start to end. Written by\n\
                    # cargo run --profile bench --locked -p pool-bench -- instructions --bless\n";

/// The paths that may not become dearer.
const GATED: [Workload; 4] =
    [Workload::Get, Workload::TryGet, Workload::Waited, Workload::Cancelled];

/// What layouts of the same code differ by, and a little more.
const TOLERANCE: f64 = 0.02;

/// What both runs do besides is not counted.
const TIMES: [u32; 2] = [1000, 11_000];
