//! What a pool does when its resources fail, hang, heal and go stale, in real time: this pool
//! beside its peers, in one run.
//!
//! `cargo run --release -p pool-bench --example outage` prints a table; the exit code is 1 if a
//! figure of this pool's is not as it must be. Times and ratios are the medians of the runs,
//! counts are of every run. The peers have the nearest settings that they know: deadpool has a
//! timeout for each phase and none for a whole get, bb8 one for a whole get and none for a create;
//! what cannot be asked of them is `-`.

mod backend;
mod contenders;
mod figure;
mod situations;
mod spike;
mod table;

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::runtime::Runtime;

use crate::contenders::{Bb8, Contender, Deadpool, Ours};
use crate::figure::Figure;
use crate::table::{CONTENDERS, Section};

/// This pool and its peers while their resources fail, hang, heal and go stale.
#[derive(Parser)]
struct Arguments {
    /// Rounds; short situations run thrice in each.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Only this situation.
    #[arg(long)]
    only: Option<Situation>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Situation {
    Fail,
    Down,
    Stale,
    Leave,
    Spike,
    Hang,
    Close,
}

impl Situation {
    const fn title(self) -> &'static str {
        match self {
            Self::Fail => "1000 waiters, create always fails",
            Self::Down => "server down 1 s, 40 clients retry every 5 ms",
            Self::Stale => "64 stale idle, one get; check 6 ms, create 10 ms",
            Self::Leave => "5 callers in turn, each leaving after 15 ms of an 80 ms create",
            Self::Spike => "spike: 5 idle, 50 callers of 2 ms, create 150 ms",
            Self::Hang => "create hangs for ever, get_timeout 100 ms, create_timeout 1 s",
            Self::Close => "close with 10,000 waiters",
        }
    }

    /// How often it runs in a round: what is short can be afforded more often.
    const fn runs(self) -> u32 {
        match self {
            Self::Spike | Self::Close => 3,
            Self::Fail | Self::Down | Self::Stale | Self::Leave | Self::Hang => 1,
        }
    }

    async fn measure<C: Contender>(self) -> Vec<Figure> {
        match self {
            Self::Fail => situations::creates_fail::<C>().await,
            Self::Down => situations::server_is_down::<C>().await,
            Self::Stale => situations::all_are_stale::<C>().await,
            Self::Leave => situations::callers_leave::<C>().await,
            Self::Spike => spike::spike::<C>().await,
            Self::Hang => situations::creates_hang::<C>().await,
            Self::Close => situations::pool_closes::<C>().await,
        }
    }
}

fn main() -> ExitCode {
    let Arguments { rounds, only } = Arguments::parse();
    let situations = only.map_or_else(|| Situation::value_variants().to_vec(), |only| vec![only]);
    let runs: u32 = situations.iter().map(|situation| situation.runs()).sum();
    let progress = progress(u64::from(rounds) * u64::from(runs));
    let mut sections: Vec<_> = situations.iter().map(|it| Section::new(it.title())).collect();
    for _ in 0..rounds {
        for (situation, section) in situations.iter().zip(&mut sections) {
            progress.set_message(situation.title());
            for _ in 0..situation.runs() {
                for contender in 0..CONTENDERS {
                    section.add(contender, run(*situation, contender));
                }
                progress.inc(1);
            }
        }
    }
    progress.finish_and_clear();
    match table::print(&sections) {
        0 => ExitCode::SUCCESS,
        missed => {
            eprintln!("{missed} of this pool's figures are not as they must be");
            ExitCode::FAILURE
        }
    }
}

/// Runs a situation for the contender in that column.
fn run(situation: Situation, contender: usize) -> Vec<Figure> {
    match contender {
        0 => alone(situation.measure::<Ours>()),
        1 => alone(situation.measure::<Deadpool>()),
        _ => alone(situation.measure::<Bb8>()),
    }
}

/// Runs on a runtime of its own, so that what hangs in one run is not there in the next.
fn alone(run: impl Future<Output = Vec<Figure>> + Send + 'static) -> Vec<Figure> {
    let runtime = Runtime::new().expect("a runtime");
    let figures = runtime.block_on(async {
        // In a task, as a server's work is, not on the thread that waits for it.
        let bounded = tokio::time::timeout(RUN_BOUND, tokio::spawn(run));
        bounded.await.expect("a run ends").expect("a run does not panic")
    });
    runtime.shutdown_background();
    figures
}

fn progress(runs: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
    ProgressBar::new(runs).with_style(style.expect("the template is right"))
}

/// Longer than any run can take whose gets keep their timeouts.
const RUN_BOUND: Duration = Duration::from_secs(20);
