//! This pool beside its peers and the floors, in one process.
//!
//! `cargo run --release -p pool-bench` takes some minutes; `--quick` takes less than one and says
//! less. Every contender runs once in each round, in another order each time; what counts are the
//! medians of the ratios within a round, as nanoseconds do not carry over from machine to machine.
//!
//! `weight` builds a small program with each of a few pools and says what that takes.
//!
//! `--only PATH --gets N` runs one path N times and nothing else, to be counted by callgrind;
//! `instructions` does so and compares with what is committed.

mod charts;
mod contenders;
mod harness;
mod instructions;
mod machine;
mod report;
mod scenarios;
mod statistics;
mod targets;
mod weight;
mod workload;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::harness::{Scale, Scenario};
use crate::machine::Machine;
use crate::workload::Workload;

/// This pool beside its peers and the floors.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Task>,

    /// Fewer rounds, shorter ones.
    #[arg(long)]
    quick: bool,

    /// Rounds; each contender runs once in each. 15, or 5 if it is to be quick.
    #[arg(long)]
    rounds: Option<usize>,

    /// Only this scenario; may be given several times.
    #[arg(long)]
    scenario: Vec<String>,

    /// Write all figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,

    /// Draw charts into this folder.
    #[arg(long)]
    charts: Option<PathBuf>,

    /// Run this path alone, once.
    #[arg(long)]
    only: Option<Workload>,

    /// How often that path runs.
    #[arg(long, default_value_t = 300_000, requires = "only")]
    gets: u32,
}

#[derive(Subcommand)]
enum Task {
    /// Count the instructions of each path, and fail if one takes 2 % more than is committed.
    Instructions {
        /// Write the counts down instead.
        #[arg(long)]
        bless: bool,
    },
    /// Build a small program with each pool, from nothing, and print what that takes.
    Weight {
        /// Builds of each program.
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse();
    match arguments.command {
        Some(Task::Instructions { bless }) => {
            let is_good = instructions::check(bless)?;
            return Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Some(Task::Weight { rounds }) => {
            weight::measure(rounds)?;
            return Ok(ExitCode::SUCCESS);
        }
        None => {}
    }
    if let Some(only) = arguments.only {
        only.run(arguments.gets);
        return Ok(ExitCode::SUCCESS);
    }
    compare(&arguments)?;
    Ok(ExitCode::SUCCESS)
}

fn compare(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let scale = Scale { is_quick: arguments.quick };
    let rounds = arguments.rounds.unwrap_or(if scale.is_quick { 5 } else { 15 }).max(1);
    let machine = Machine::new();
    machine.print();
    let results = harness::run(&chosen(&arguments.scenario)?, rounds, scale);
    report::print(&results);
    let verdicts = targets::check(&results);
    targets::print(&verdicts);
    if let Some(path) = &arguments.json {
        report::write_json(path, &machine, rounds, &verdicts, &results)?;
    }
    if let Some(folder) = &arguments.charts {
        charts::draw(folder, &results)?;
    }
    Ok(())
}

/// The scenarios of these names; of none, all.
fn chosen(names: &[String]) -> Result<Vec<Scenario>, String> {
    let mut scenarios = scenarios::all();
    let known: Vec<_> = scenarios.iter().map(|scenario| scenario.name).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("no scenario is called {name}; there are {}", known.join(", ")));
    }
    scenarios.retain(|scenario| names.is_empty() || names.iter().any(|it| it == scenario.name));
    Ok(scenarios)
}
