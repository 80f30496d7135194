//! What a pool costs before it runs: the time of a fresh build, the crates, the bytes.
//!
//! Each program of `weight/` becomes a package of its own in a temporary folder, as a user would have
//! it, and is built from nothing several times. All do the same: get one resource and print it. Versions
//! are those of this workspace, whose lock file each package starts from; so what is needed has been
//! downloaded when this program was built, and the builds ask no network.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use crate::machine::Machine;
use crate::statistics::Summary;

/// Builds each program so many times and prints what that took.
pub(crate) fn measure(rounds: usize) -> Result<(), String> {
    Machine::new().print();
    let folder = env::temp_dir().join(format!("pool-weight-{}", std::process::id()));
    let measured = in_folder(&folder, rounds.max(1));
    let removed = fs::remove_dir_all(&folder);
    let weights = measured?;
    println!("| program | seconds | crates | bytes |\n|---|---|---|---|");
    for weight in weights {
        println!("{}", weight.line());
    }
    removed.map_err(|error| format!("{}: {error}", folder.display()))
}

/// Each round builds all, so that a slow minute of the machine slows all.
fn in_folder(folder: &Path, rounds: usize) -> Result<Vec<Weight>, String> {
    let packages = PROGRAMS.each_ref().map(|program| Package::write(program, folder));
    let packages: Vec<_> = packages.into_iter().collect::<Result<_, _>>()?;
    let mut weights: Vec<Weight> = packages.iter().map(Weight::of).collect();
    for round in 1..=rounds {
        for (package, weight) in packages.iter().zip(&mut weights) {
            eprintln!("round {round} of {rounds}: {}", package.name);
            package.build(weight)?;
        }
    }
    Ok(weights)
}

/// A program, and what its package depends on beside tokio.
struct Program {
    name: &'static str,
    dependency: &'static str,
    code: &'static str,
}

/// A program's package on disk.
struct Package {
    name: &'static str,
    folder: PathBuf,
}

impl Package {
    fn write(program: &Program, folder: &Path) -> Result<Self, String> {
        let name = program.name;
        let folder = folder.join(name.replace([' ', ','], "_"));
        let write = || -> io::Result<()> {
            fs::create_dir_all(folder.join("src"))?;
            let dependency = program.dependency.replace("CHECKOUT", CHECKOUT);
            fs::write(folder.join("Cargo.toml"), format!("{HEAD}{dependency}\n"))?;
            fs::copy(Path::new(CHECKOUT).join("Cargo.lock"), folder.join("Cargo.lock"))?;
            fs::write(folder.join("src/main.rs"), program.code)
        };
        write().map_err(|error| format!("{name} can't be written: {error}"))?;
        Ok(Self { name, folder })
    }

    /// One fresh build. It has to leave a program that does its work.
    fn build(&self, weight: &mut Weight) -> Result<(), String> {
        let target = self.folder.join("target");
        if target.exists() {
            fs::remove_dir_all(&target).map_err(|error| error.to_string())?;
        }
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        let cargo = cargo.args(["build", "--release", "--offline", "--target-dir"]).arg(&target);
        // A cache of compiled crates would be measured instead of the compiler.
        let cargo = cargo.env("RUSTC_WRAPPER", "").env("CARGO_INCREMENTAL", "0");
        let begun = Instant::now();
        let output = self.run(cargo.current_dir(&self.folder))?;
        weight.seconds.push(begun.elapsed().as_secs_f64());
        let said = String::from_utf8_lossy(&output.stderr);
        weight.crates = said.lines().filter(|line| line.contains(" Compiling ")).count();
        let program = target.join("release/weight");
        weight.bytes = fs::metadata(&program).map_err(|error| error.to_string())?.len();
        let output = self.run(&mut Command::new(program))?;
        if output.stdout == b"7\n" { Ok(()) } else { Err(format!("{} does nothing", self.name)) }
    }

    fn run(&self, command: &mut Command) -> Result<Output, String> {
        let output = command.stdin(Stdio::null()).output();
        let output = output.map_err(|error| format!("{}: {error}", self.name))?;
        if output.status.success() {
            return Ok(output);
        }
        Err(format!("{} failed: {}", self.name, String::from_utf8_lossy(&output.stderr)))
    }
}

/// What was measured of a program.
struct Weight {
    name: &'static str,
    seconds: Vec<f64>,
    /// Its own included.
    crates: usize,
    /// Of the stripped program.
    bytes: u64,
}

impl Weight {
    fn of(package: &Package) -> Self {
        Self { name: package.name, seconds: Vec::new(), crates: 0, bytes: 0 }
    }

    fn line(self) -> String {
        let Self { name, seconds, crates, bytes } = self;
        let median = Summary::of(seconds).map_or(f64::NAN, |summary| summary.median);
        format!("| {name} | {median:.1} | {crates} | {bytes} |")
    }
}

const PROGRAMS: [Program; 5] = [
    Program { name: "tokio alone", dependency: "", code: include_str!("../weight/alone.rs") },
    Program {
        name: "pool-tokio",
        dependency: "pool-tokio = { path = \"CHECKOUT/pool-tokio\" }",
        code: include_str!("../weight/derived.rs"),
    },
    Program {
        name: "pool-tokio, no default features",
        dependency: "pool-tokio = { path = \"CHECKOUT/pool-tokio\", default-features = false }",
        code: include_str!("../weight/written.rs"),
    },
    Program {
        name: "deadpool",
        dependency: "deadpool = { version = \"0.13\", default-features = false, \
                     features = [\"managed\", \"rt_tokio_1\"] }",
        code: include_str!("../weight/deadpool.rs"),
    },
    Program { name: "bb8", dependency: "bb8 = \"0.9\"", code: include_str!("../weight/bb8.rs") },
];

/// A package's manifest, to be followed by what it depends on beside tokio.
const HEAD: &str = "[package]\nname = \"weight\"\nedition = \"2024\"\n\n[workspace]\n\n\
                    [profile.release]\nstrip = true\n\n[dependencies]\n\
                    tokio = { version = \"1.47\", features = [\"rt\", \"time\"] }\n";

const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
