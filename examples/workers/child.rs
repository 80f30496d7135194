//! The worker's side: reads a question from each line, and prints the answer.

use std::io::{self, BufRead};
use std::thread::sleep;
use std::time::Duration;

/// Works until its input ends.
pub(crate) fn work() -> io::Result<()> {
    sleep(SLOW_START);
    println!("ready");
    for question in io::stdin().lock().lines() {
        match question?.parse::<u64>() {
            Ok(number) => println!("{}", number.wrapping_mul(number)),
            // What it was asked for is too much for it.
            Err(_) => sleep(Duration::MAX),
        }
    }
    Ok(())
}

/// What loading a model or a large table would take.
const SLOW_START: Duration = Duration::from_millis(200);
