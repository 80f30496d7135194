//! The command line.

use std::time::Duration;

use clap::Parser;
use clap::value_parser;

use crate::load::Plan;

/// Runs a mixed load on a pool and shows it live, on a web page with controls to hurt and heal it.
#[derive(Debug, Parser)]
#[command(name = "pool-example-live")]
pub(crate) struct Cli {
    /// The port of the page, on loopback; 0 takes one that is free
    #[arg(long, default_value = "8080", value_name = "N")]
    pub(crate) port: u16,

    /// How many connections there are at most, to begin with
    #[arg(long, default_value = "8", value_name = "N", value_parser = value_parser!(u16).range(0..=64))]
    pub(crate) max_size: u16,

    /// How many tasks want one, to begin with
    #[arg(long, default_value = "16", value_name = "N", value_parser = value_parser!(u16).range(0..=500))]
    pub(crate) tasks: u16,

    /// For how many milliseconds they hold it, about, to begin with
    #[arg(long, default_value = "40", value_name = "MS", value_parser = value_parser!(u16).range(1..=5000))]
    pub(crate) hold: u16,
}

impl Cli {
    pub(crate) fn plan(&self) -> Plan {
        Plan { tasks: self.tasks.into(), hold: Duration::from_millis(self.hold.into()) }
    }
}
