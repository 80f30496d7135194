//! What a run was made on and of: a figure means little without.

use std::fs;
use std::process::Command;
use std::thread;

use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    rustc: String,
    /// Name and version of the pools and of what they stand on.
    versions: Vec<(&'static str, &'static str)>,
    command: String,
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self {
            cpu: cpu(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            rustc: rustc(),
            versions: CRATES.iter().filter_map(|name| Some((*name, version(name)?))).collect(),
            command: std::env::args()
                .skip(1)
                .fold("pool-bench".into(), |all, argument| format!("{all} {argument}")),
        }
    }

    pub(crate) fn print(&self) {
        let versions: Vec<_> =
            self.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
        println!("{}, {} cores; {}", self.cpu, self.cores, self.rustc);
        println!("{}", versions.join(", "));
        println!("{}", self.command);
    }
}

fn cpu() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(": ")).map(|(_, model)| model.to_owned());
    model.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// The compiler that the toolchain file names, as it does not change between build and run.
fn rustc() -> String {
    let version = Command::new("rustc").arg("--version").output();
    let version = version.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    version.map_or_else(|| "rustc unknown".into(), |version| version.trim().to_owned())
}

fn version(name: &str) -> Option<&'static str> {
    let head = format!("name = \"{name}\"\nversion = \"");
    LOCK.split_once(&head)?.1.split('"').next()
}

/// What was built.
const LOCK: &str = include_str!("../../../Cargo.lock");

const CRATES: [&str; 11] = [
    "pool-tokio",
    "deadpool",
    "bb8",
    "mobc",
    "fast_pool",
    "r2d2",
    "async-channel",
    "tokio",
    "parking_lot",
    "hdrhistogram",
    "allocation-counter",
];
