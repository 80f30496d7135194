//! What happens to the server, one test each.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pool_tokio::Status;
use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

use crate::load::Habit::{self, CalledOff, CutShort, Dropped, Impatient, Pipelined, Whole};
use crate::server::{ADMIN, LOAD, OTHERS, connect, ready, start_again};
use crate::trial::{Healed, MAX_SIZE, Trial, run};

#[test]
fn all_backends_are_terminated() {
    run(async || {
        let trial = begin("all backends are terminated").await;
        let admin = connect(&trial.server, ADMIN).await;
        let terminated = tell_backends(&admin, "pg_terminate_backend(pid)", "true").await;
        assert!(terminated > MAX_SIZE / 2, "{terminated} were terminated");
        trial.end(Healed::after(Duration::ZERO)).await;
    });
}

#[test]
fn the_server_restarts_at_once() {
    run(async || {
        let mut trial = begin("the server restarts at once").await;
        let down = Instant::now();
        trial.server.stop();
        start_again(&mut trial.server).await;
        trial.end(Healed::after(down.elapsed())).await;
    });
}

#[test]
fn the_server_is_down_for_a_second() {
    run(async || {
        let mut trial = begin("the server is down for a second").await;
        let down = Instant::now();
        trial.server.stop();
        sleep(Duration::from_secs(1)).await;
        start_again(&mut trial.server).await;
        trial.end(Healed::after(down.elapsed())).await;
    });
}

#[test]
fn the_server_is_frozen_for_two_seconds() {
    run(async || {
        let trial = begin("the server is frozen for two seconds").await;
        let frozen = Instant::now();
        trial.server.freeze();
        sleep(Duration::from_secs(2)).await;
        trial.server.thaw();
        trial.end(Healed::after(frozen.elapsed())).await;
    });
}

#[test]
fn a_backend_is_killed_and_the_server_ends_all_others() {
    run(async || {
        let trial = begin("a backend is killed").await;
        let admin = connect(&trial.server, ADMIN).await;
        let query = "SELECT min(pid) FROM pg_stat_activity WHERE usename = $1";
        let backend = admin.query_one(query, &[&LOAD]).await.expect("the server counts").get(0);
        let killed = Instant::now();
        kill(Pid::from_raw(backend), Signal::SIGKILL).expect("it is there");
        let ended = async {
            while !admin.is_closed() {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(5), ended).await.expect("the server ends all connections");
        ready(&trial.server).await;
        trial.end(Healed::after(killed.elapsed())).await;
    });
}

/// Four may come in, and two are there already: the pool gets by with two, and nobody hears of it.
/// (Creates that have been failing for as long as the create timeout are told to all, so that this one
/// is longer than the trial.)
#[test]
fn the_server_is_full() {
    run(async || {
        let full = ["max_connections=7", "superuser_reserved_connections=3"];
        let mut trial = Trial::new("the server is full", &full, Duration::from_secs(10)).await;
        let others = (connect(&trial.server, OTHERS).await, connect(&trial.server, OTHERS).await);
        let held = (trial.pool.get().await, trial.pool.get().await);
        assert!(held.0.is_ok() && held.1.is_ok(), "two may still come in");
        let full = Instant::now();
        trial.load(&[Whole, Whole, Whole, Whole, Pipelined, Pipelined, Dropped, Dropped].repeat(2));
        trial.until(Duration::from_millis(300)).await;
        assert_eq!(trial.pool.waiting(), 16, "all wait for what is lent");
        assert!(trial.pool.counters().create_failed > 0, "the server is not full");
        drop(held);
        trial.until(Duration::from_millis(2500)).await;
        let Status { size, creating, .. } = trial.pool.status();
        assert_eq!(size - creating, 2, "the others have two");
        drop(others);
        let healed = Healed::after(full.elapsed());
        while trial.pool.counters().created < 4 {
            sleep(Duration::from_millis(1)).await;
            assert!(healed.at.elapsed() < Duration::from_millis(500), "the room is not noticed");
        }
        writeln!(io::stderr(), "\nroom was used {:.1?} after it was made", healed.at.elapsed())
            .ok();
        let tally = trial.end(healed).await;
        assert!(tally.errors.is_empty(), "while something was lent: {:?}", tally.errors);
    });
}

/// By the server, by their own callers, and by callers who only walk away.
#[test]
fn queries_are_cancelled() {
    run(async || {
        let mut trial = Trial::new("queries are cancelled", &[], Duration::from_secs(1)).await;
        trial.load(
            &[Whole, Pipelined, CutShort, CutShort, Dropped, CalledOff, Impatient, Whole].repeat(2),
        );
        trial.until(EVENT).await;
        let admin = connect(&trial.server, ADMIN).await;
        let mut cancelled = 0;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(2) {
            cancelled += tell_backends(&admin, "pg_cancel_backend(pid)", "state = 'active'").await;
            sleep(Duration::from_millis(5)).await;
        }
        assert!(cancelled > 100, "{cancelled} queries were cancelled");
        trial.end(Healed::after(Duration::ZERO)).await;
    });
}

/// A trial under the usual load, at the moment of its event.
async fn begin(name: &'static str) -> Trial {
    let mut trial = Trial::new(name, &[], Duration::from_secs(1)).await;
    trial.load(&USUAL);
    trial.until(EVENT).await;
    trial
}

const USUAL: [Habit; 16] = [
    Whole, Whole, Whole, Whole, Whole, Whole, Pipelined, Pipelined, Pipelined, CutShort, CutShort,
    Dropped, Dropped, Dropped, Impatient, Impatient,
];

/// When the event comes, from the begin of the load.
const EVENT: Duration = Duration::from_secs(1);

/// Has the administrator tell something to those of the load's backends for which `which` holds; how
/// many were there to be told.
async fn tell_backends(admin: &Client, what: &str, which: &str) -> usize {
    // Not in the condition, whose parts are tried in any order: it would be told to all.
    let query = format!("SELECT {what} FROM pg_stat_activity WHERE usename = $1 AND {which}");
    let told = admin.query(&query, &[&LOAD]).await.expect("the administrator may");
    told.iter().filter(|row| row.get(0)).count()
}
