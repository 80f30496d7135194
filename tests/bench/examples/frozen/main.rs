//! What a future that nobody polls does to others: this pool beside its peers, in one run.
//!
//! A get may be put aside: an arm of a `select!` that is kept while another arm awaits, one of the
//! gets of a `buffer_unordered` whose consumer awaits, a future in a struct. A get may be dropped at
//! any poll, and a runtime may end, or rest, while the pool lives. Whatever a pool does inside of such
//! a future stops with it, and others may need it.
//!
//! `cargo run --release -p pool-bench --example frozen` prints a table. `--control` prints the same
//! with nobody put aside, so that one sees what is due to that. Time is paused, and so exact, but for
//! the last six situations, which are about threads and runtimes. The exit code says nothing about the
//! results.
//!
//! The peers have the nearest settings that they know:
//!
//! - bb8 and sqlx have one timeout, for a whole get. It is set to what a create or a check may take,
//!   and whoever is refused asks again. In bb8 nothing limits a create that hangs, and a connection
//!   whose check was cut short becomes idle again: so it loses none, and one whose check hangs stays.
//! - bb8 and sqlx see to their minimum by themselves, so that there is nothing to put aside. deadpool
//!   has neither a minimum nor an idle timeout.
//! - deadpool's close waits for nobody; bb8 can't be closed.
//! - On blocking threads, all but this pool are used by `Handle::block_on`.
//! - sqlx's pool is the real one, over a stub of a database (`contenders::database`).
//!
//! An *item* in a future that is put aside is in use; no pool can do anything about that.

mod aside;
#[expect(dead_code, reason = "the other example that has it needs all of it")]
#[path = "../outage/backend.rs"]
mod backend;
mod contenders;
mod outcome;
mod runtimes;
mod situations;
mod table;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use tokio::runtime::Builder;

use crate::aside::Aside;
use crate::contenders::{Bb8, Contender, Deadpool, Ours, Sqlx};
use crate::outcome::{Outcome, Should};
use crate::table::Row;

/// This pool and its peers while futures of theirs are not polled.
#[derive(Parser)]
struct Arguments {
    /// The same with nobody put aside: tasks drive all futures, nobody leaves, no runtime ends.
    #[arg(long)]
    control: bool,

    /// Only this situation.
    #[arg(long)]
    only: Option<Situation>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Situation {
    Create,
    OneCreate,
    Outage,
    Close,
    CloseUnwanted,
    CloseAfterFill,
    CreateHangs,
    CheckHangs,
    First,
    FirstTooLate,
    FirstToCreate,
    Buffered,
    Fill,
    SlowChecks,
    DropInCheck,
    Blocking,
    OtherRuntime,
    Ages,
    RuntimeEnds,
    RuntimeEndsBegun,
    RuntimeRests,
}

impl Situation {
    const fn title(self) -> &'static str {
        match self {
            Self::Create => "get kept in its create of 50 ms, room for 49: another is served",
            Self::OneCreate => "the same with one create at a time",
            Self::Outage => "outage, get kept that would try again; healed: another is served",
            Self::Close => "get kept in its create of 50 ms: close().await ends",
            Self::CloseUnwanted => "get dropped in a create that hangs: close().await ends",
            Self::CloseAfterFill => "fill kept that has ended with an error: close().await ends",
            Self::CreateHangs => {
                "create hangs in a kept get, limit 1 s, room for 1: another is served"
            }
            Self::CheckHangs => {
                "check hangs in a kept get, limit 1 s, room for 1: another is served"
            }
            Self::First => "resource returned, a kept get is first: the second is served",
            Self::FirstTooLate => "the same, and the kept get's deadline is over",
            Self::FirstToCreate => "resource discarded, a kept get is first: the second is served",
            Self::Buffered => "buffer_unordered(5) of gets, room for 45: its consumer is served",
            Self::Fill => "fill kept in creates of 50 ms, no other room: a get is served",
            Self::SlowChecks => "check 6 ms, patience 5 ms, 100 callers over 8: connections lost",
            Self::DropInCheck => "get dropped in its check: connections lost",
            Self::Blocking => "creates block, 2 blocking threads, both get: served",
            Self::OtherRuntime => "filled in a runtime that ended: served in another",
            Self::Ages => "the same, idle_timeout 100 ms: connection closed",
            Self::RuntimeEnds => {
                "pool's runtime ends in a create of 50 ms for another's get: served"
            }
            Self::RuntimeEndsBegun => "the same, and the create was begun in the one that ends",
            Self::RuntimeRests => "another runtime rests in a create of 50 ms, room for 1: served",
        }
    }

    const fn should(self) -> Should {
        let milliseconds = match self {
            Self::Create
            | Self::Outage
            | Self::Close
            | Self::CloseUnwanted
            | Self::CloseAfterFill
            | Self::Buffered
            | Self::Fill => 50,
            // A pause after one failure.
            Self::CreateHangs | Self::CheckHangs => 1010,
            // What a get was given that does not fetch it goes on after 10 ms, at most twice that.
            Self::First | Self::FirstTooLate => 20,
            Self::OneCreate | Self::FirstToCreate => 70,
            Self::SlowChecks | Self::DropInCheck => return Should::Count(0),
            Self::Blocking => return Should::Count(2),
            // From here on in real time, on a machine that may do something else.
            Self::OtherRuntime => 10,
            Self::Ages => 300,
            Self::RuntimeEnds | Self::RuntimeEndsBegun | Self::RuntimeRests => 150,
        };
        Should::Within(Duration::from_millis(milliseconds))
    }

    fn measure<C: Contender>(self, aside: Aside) -> Option<Outcome> {
        let late = Some(Duration::from_millis(100));
        match self {
            Self::Create => paused(situations::in_its_create::<C>(aside, None)),
            Self::OneCreate => paused(situations::in_its_create::<C>(aside, Some(1))),
            Self::Outage => paused(situations::in_an_outage::<C>(aside)),
            Self::Close => paused(situations::beside_a_close::<C>(aside)),
            Self::CloseUnwanted => paused(situations::close_unwanted::<C>(aside)),
            Self::CloseAfterFill => paused(situations::close_after_fill::<C>(aside)),
            Self::CreateHangs => paused(situations::create_hangs::<C>(aside)),
            Self::CheckHangs => paused(situations::check_hangs::<C>(aside)),
            Self::First => paused(situations::first_in_the_queue::<C>(aside, None, drop)),
            Self::FirstTooLate => paused(situations::first_in_the_queue::<C>(aside, late, drop)),
            Self::FirstToCreate => {
                paused(situations::first_in_the_queue::<C>(aside, None, C::discard))
            }
            Self::Buffered => paused(situations::buffered::<C>(aside)),
            Self::Fill => paused(situations::filling::<C>(aside)),
            Self::SlowChecks => paused(situations::slow_checks::<C>(aside)),
            Self::DropInCheck => paused(situations::dropped_in_its_check::<C>(aside)),
            Self::Blocking => runtimes::blocking_threads_are_taken::<C>(aside),
            Self::OtherRuntime => runtimes::served_in_another::<C>(aside),
            Self::Ages => runtimes::ages_in_another::<C>(aside),
            Self::RuntimeEnds => runtimes::ends_during_a_create::<C>(aside, false),
            Self::RuntimeEndsBegun => runtimes::ends_during_a_create::<C>(aside, true),
            Self::RuntimeRests => runtimes::rests_during_a_create::<C>(aside),
        }
    }
}

fn main() {
    let Arguments { control, only } = Arguments::parse();
    let aside = if control { Aside::Driven } else { Aside::Kept };
    let situations = only.map_or_else(|| Situation::value_variants().to_vec(), |only| vec![only]);
    let rows: Vec<_> = situations
        .into_iter()
        .map(|situation| Row {
            title: situation.title(),
            should: situation.should(),
            outcomes: [
                alone(move || situation.measure::<Ours>(aside)),
                alone(move || situation.measure::<Deadpool>(aside)),
                alone(move || situation.measure::<Bb8>(aside)),
                alone(move || situation.measure::<Sqlx>(aside)),
            ],
        })
        .collect();
    table::print(&rows);
}

/// Runs on a thread of its own, which is left alone if it does not come back.
fn alone(run: impl FnOnce() -> Option<Outcome> + Send + 'static) -> Option<Outcome> {
    let (done, outcome) = mpsc::channel();
    thread::spawn(move || {
        // Nobody listens any more if it took too long.
        let _ = done.send(run());
    });
    outcome.recv_timeout(THREAD_BOUND).unwrap_or_else(|error| match error {
        RecvTimeoutError::Timeout => Some(Outcome::NotWithin(THREAD_BOUND)),
        RecvTimeoutError::Disconnected => Some(Outcome::Panic),
    })
}

/// Runs where time passes when nothing else is to be done.
fn paused(run: impl Future<Output = Option<Outcome>>) -> Option<Outcome> {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(run)
}

/// Real time, and longer than any run takes that comes back.
const THREAD_BOUND: Duration = Duration::from_secs(5);
