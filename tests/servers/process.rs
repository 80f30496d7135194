//! What any server needs: a folder, a port, a process that does not outlive its starter.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// The temporary folder of one server: its data and its log.
#[derive(Debug)]
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> io::Result<Self> {
        tempfile::Builder::new().prefix("pool-server-").tempdir().map(Self)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The log, to be written on.
    pub(crate) fn log(&self) -> io::Result<File> {
        File::options().create(true).append(true).open(self.log_path())
    }

    pub(crate) fn last_words(&self) -> String {
        let log = fs::read_to_string(self.log_path()).unwrap_or_default();
        let lines = log.lines().collect::<Vec<_>>();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// A program, at home in this folder, to which the kernel sends `signal` when the thread that
    /// starts it ends. `privileges` are further options of `setpriv`.
    pub(crate) fn command(&self, program: &Path, signal: &str, privileges: &[String]) -> Command {
        let mut command = Command::new("setpriv");
        command.args(privileges).arg(format!("--pdeathsig={signal}")).arg("--").arg(program);
        command.current_dir(self.path()).env("LC_ALL", "C").stdin(Stdio::null());
        command
    }

    fn log_path(&self) -> PathBuf {
        self.path().join("log")
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// How long a server has to come up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks whether it has.
pub(crate) const PAUSE: Duration = Duration::from_millis(2);
