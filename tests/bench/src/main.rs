//! One uncontended get and drop on a warm pool, this pool beside a peer and the floor.
//!
//! `cargo run --profile bench -p pool-bench` interleaves the contenders in every round and prints
//! the median of each, as ratios: nanoseconds alone do not carry over from machine to machine.
//! `--only NAME --gets N` runs one contender N times and nothing else, to be counted by
//! `valgrind --tool=callgrind`; the difference of two runs is the price of a get.

mod contenders;

use std::time::Duration;

use clap::Parser;

use crate::contenders::Contender;

/// One uncontended get and drop, this pool beside a peer and the floor.
#[derive(Parser)]
struct Arguments {
    /// Rounds; each contender runs once in each, in another order.
    #[arg(long, default_value_t = 21)]
    rounds: usize,

    /// Gets of each contender in a round.
    #[arg(long, default_value_t = 300_000)]
    gets: u32,

    /// Run this contender alone, once.
    #[arg(long)]
    only: Option<Contender>,
}

fn main() {
    let arguments = Arguments::parse();
    // Without a timer: a get that is served at once needs none.
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        if let Some(contender) = arguments.only {
            contender.run(arguments.gets).await;
        } else {
            compare(arguments.rounds, arguments.gets).await;
        }
    });
}

async fn compare(rounds: usize, gets: u32) {
    let mut times = Contender::ALL.map(|contender| (contender, Vec::with_capacity(rounds)));
    for round in 0..rounds {
        times.rotate_left(round % Contender::ALL.len());
        for (contender, times) in &mut times {
            times.push(contender.run(gets).await);
        }
    }
    let median = |wanted: Contender| {
        let (_, times) = times.iter().find(|(contender, _)| *contender == wanted).expect("it ran");
        nanoseconds(median(times.clone()), gets)
    };
    let (floor, deadpool) = (median(Contender::Floor), median(Contender::Deadpool));
    println!("{:<10} {:>8} {:>9} {:>12}", "", "ns", "x floor", "x deadpool");
    for contender in Contender::ALL {
        let time = median(contender);
        let name = format!("{contender:?}").to_lowercase();
        println!("{name:<10} {time:>8.1} {:>9.2} {:>12.3}", time / floor, time / deadpool);
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn nanoseconds(time: Duration, gets: u32) -> f64 {
    time.as_secs_f64() * 1e9 / f64::from(gets)
}
