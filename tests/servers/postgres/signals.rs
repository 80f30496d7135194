//! Ending, freezing and thawing a postmaster with all of its processes.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::process::PAUSE;

/// Ends a postmaster and all of its processes, frozen or not.
pub(super) fn end(mut postmaster: Child) {
    let id = pid(&postmaster);
    thaw(&postmaster);
    signal(id, Signal::SIGQUIT);
    let begun = Instant::now();
    while postmaster.try_wait().is_ok_and(|ended| ended.is_none()) {
        if begun.elapsed() > Duration::from_secs(10) {
            children(id).into_iter().chain([id]).for_each(|it| signal(it, Signal::SIGKILL));
        }
        thread::sleep(PAUSE);
    }
}

/// The postmaster first, so that it starts no others.
pub(super) fn freeze(postmaster: &Child) {
    let postmaster = pid(postmaster);
    signal(postmaster, Signal::SIGSTOP);
    for child in children(postmaster) {
        signal(child, Signal::SIGSTOP);
    }
}

pub(super) fn thaw(postmaster: &Child) {
    let postmaster = pid(postmaster);
    children(postmaster).into_iter().chain([postmaster]).for_each(|it| signal(it, Signal::SIGCONT));
}

/// Signals a process that may have ended.
fn signal(process: Pid, signal: Signal) {
    kill(process, signal).ok();
}

/// The server's processes, each in a session of its own, so that no group holds them all.
fn children(postmaster: Pid) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter(|process| parent(&process.path()) == Some(postmaster))
        .filter_map(|process| process.file_name().to_str()?.parse().ok())
        .map(Pid::from_raw)
        .collect()
}

/// The parent of a process: in its `stat`, the second field behind the name in parentheses.
fn parent(process: &Path) -> Option<Pid> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    let (_, behind_the_name) = stat.rsplit_once(')')?;
    behind_the_name.split_whitespace().nth(1)?.parse().ok().map(Pid::from_raw)
}

fn pid(process: &Child) -> Pid {
    Pid::from_raw(i32::try_from(process.id()).expect("a process id is an `i32`"))
}
