//! Where the server's programs are, and whose processes they are to be.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{User, geteuid};

use crate::failure::StartError;

/// The folder of the server's programs. `pg_config` alone may belong to the client library.
pub(super) fn programs() -> Result<PathBuf, StartError> {
    let named = env::var_os(VARIABLE).map(PathBuf::from);
    let (places, place) = match named {
        Some(named) => (vec![named.clone()], format!("in {}", named.display())),
        None => (usual_places(), "where `pg_config` says, or in /usr/lib/postgresql".into()),
    };
    places.into_iter().find(|folder| is_server(folder)).ok_or(StartError::Missing {
        server: SERVER,
        place,
        package: "postgresql",
        variable: VARIABLE,
    })
}

/// Who is to own the server if root starts it.
pub(super) fn owner() -> Option<User> {
    let named = |name| User::from_name(name).ok().flatten();
    geteuid().is_root().then(|| named("postgres").or_else(|| named("nobody"))).flatten()
}

pub(super) const SERVER: &str = "PostgreSQL server";
const VARIABLE: &str = "POSTGRES_PROGRAMS";

/// What `pg_config` says, then Debian's versions, the latest first.
fn usual_places() -> Vec<PathBuf> {
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|output| String::from_utf8_lossy(&output.stdout).trim().into());
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian = versions.map(|version| version.path().join("bin")).collect::<Vec<_>>();
    debian.sort();
    told.into_iter().chain(debian.into_iter().rev()).collect()
}

fn is_server(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}
