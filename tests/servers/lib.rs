//! Servers that examples and tests start for themselves: on loopback, on a free port, in a temporary
//! folder, and gone with the value that stands for them. For Linux, as `setpriv` and `/proc` are
//! asked.
//!
//! | feature | starts | Debian's package |
//! |---|---|---|
//! | `postgres` | `Postgres` | `postgresql` |
//! | `redis` | `Redis` | `redis-server` |
//!
//! A server is ended when its value is dropped, with a panic as well; and by the kernel, if the thread
//! that started it is killed. [`run`] sees to it that an interrupt drops it, too.

mod failure;
#[cfg(feature = "postgres")]
mod postgres;
mod process;
#[cfg(feature = "redis")]
mod redis;

use std::error::Error;
use std::iter;
use std::process::ExitCode;

use tokio::runtime::Runtime;
use tokio::signal::ctrl_c;

pub use crate::failure::StartError;
#[cfg(feature = "postgres")]
pub use crate::postgres::{ADMIN, Postgres};
#[cfg(feature = "redis")]
pub use crate::redis::Redis;

/// Runs an example on tokio until it is done or interrupted; what it owns is dropped either way.
///
/// The exit code is 2 if a server is not installed, 130 after an interrupt, and 1 after another
/// failure, which is told on one line with all its causes.
pub fn run(example: impl Future<Output = Result<(), Box<dyn Error>>>) -> ExitCode {
    let done = Runtime::new().map_err(Into::into).and_then(|runtime| {
        runtime.block_on(async {
            tokio::select! {
                biased;
                interrupt = ctrl_c() => interrupt.map(|()| Some(ExitCode::from(130))).map_err(Into::into),
                done = example => done.map(|()| None),
            }
        })
    });
    match done {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(interrupted)) => interrupted,
        Err(error) => {
            eprintln!("{}", chain(&*error));
            ExitCode::from(exit_code(&*error))
        }
    }
}

fn exit_code(error: &(dyn Error + 'static)) -> u8 {
    match error.downcast_ref() {
        Some(StartError::Missing { .. }) => 2,
        _ => 1,
    }
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
