//! A test in a process of its own: what may abort, hang or exit takes nothing else with it.

use std::process::{Command, Stdio, exit};
use std::time::{Duration, Instant};
use std::{env, panic, thread};

/// Runs a situation in a process of its own, which has to survive it: to end with exit code 0, in
/// time, after the line that only a survivor writes. `test` is the name of the calling test.
///
/// # Panics
///
/// If it does not.
pub(crate) fn alone(test: &str, situation: fn()) {
    if env::var_os(CHILD).is_some() {
        // Without a backtrace for each panic within a panic: nobody reads until it has ended.
        panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
        situation();
        return survived();
    }
    let this = env::current_exe().expect("a test runs from a file");
    let mut child = Command::new(this)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a test may run itself");
    let begun = Instant::now();
    let in_time = loop {
        if child.try_wait().expect("it is our child").is_some() {
            break true;
        }
        if begun.elapsed() > LIMIT {
            child.kill().expect("it is our child");
            break false;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let output = child.wait_with_output().expect("it has ended");
    let (said, cried) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(in_time, "it hangs\n{said}\n{cried}");
    assert!(output.status.success(), "{}\n{said}\n{cried}", output.status);
    assert!(said.contains(SURVIVED), "it ended too soon\n{said}\n{cried}");
}

/// Says that the situation is over and all was well.
pub(crate) fn survived() {
    println!("\n{SURVIVED}");
}

/// Says so, and ends the process at once.
pub(crate) fn survived_to_exit() -> ! {
    survived();
    exit(0)
}

const CHILD: &str = "POOL_ORDEAL";

const SURVIVED: &str = "the situation is over and all was well";

/// In real time.
const LIMIT: Duration = Duration::from_secs(10);
