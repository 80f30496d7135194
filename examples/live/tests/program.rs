//! The program, as a user runs it, on a free port.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Outcome;

/// A running program, which ends with this value.
pub(crate) struct Program {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// With a slash in the end.
    pub(crate) address: String,
}

impl Program {
    /// Starts it with these flags, on a free port.
    pub(crate) fn start(flags: &[&str]) -> Outcome<Self> {
        Self::start_on("0", flags)
    }

    pub(crate) fn start_on(port: &str, flags: &[&str]) -> Outcome<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pool-example-live"))
            .args(["--port", port])
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        // It is this value's to end from here on, also if it says nothing.
        let mut program = Self { child, stdout, address: String::new() };
        let mut said = String::new();
        program.stdout.read_line(&mut said)?;
        let address = said.split_whitespace().find(|word| word.starts_with("http://127.0.0.1:"));
        program.address = address.ok_or_else(|| format!("no address in {said:?}"))?.into();
        Ok(program)
    }

    /// Interrupts it, as Ctrl-C does; gives its exit code and what else it printed.
    pub(crate) fn interrupt(mut self) -> Outcome<(Option<i32>, String)> {
        kill(Pid::from_raw(self.child.id().try_into()?), Signal::SIGINT)?;
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            if begun.elapsed() > PATIENCE {
                return Err("it goes on after an interrupt".into());
            }
            std::thread::sleep(PAUSE);
        }
        let mut printed = String::new();
        self.stdout.read_to_string(&mut printed)?;
        Ok((self.child.wait()?.code(), printed))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// How long it has to end.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(5);
