//! A trial: a server, a pool and a load, from their start to the verdict.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pool_tokio::{Counters, Event, Item, Observer, Outcome, Pool, TryGetError};
use tokio::task::JoinHandle;
use tokio::time::{sleep, sleep_until, timeout};

use crate::connection::{Connection, Target};
use crate::load::{Errors, Habit, Load, Tally, number};
use crate::server::{ADMIN, LOAD, Postgres, connect, start};

pub(crate) struct Trial {
    name: &'static str,
    pub(crate) server: Postgres,
    pub(crate) pool: Pool<Connection>,
    pub(crate) target: Arc<Target>,
    load: Option<Load>,
    begun: Instant,
    /// Checks that did not pass, or did not end: each costs its connection.
    failed_checks: Arc<AtomicU64>,
    greatest_size: JoinHandle<()>,
}

/// What was done to the server.
#[derive(Debug)]
pub(crate) struct Healed {
    /// When it could serve again.
    pub(crate) at: Instant,
    /// For how long it could not.
    pub(crate) outage: Duration,
}

impl Healed {
    pub(crate) fn after(outage: Duration) -> Self {
        Self { at: Instant::now(), outage }
    }
}

/// Runs one trial, when those before it are over.
pub(crate) fn run(trial: impl AsyncFnOnce()) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(trial());
}

impl Trial {
    pub(crate) async fn new(name: &'static str, settings: &[&str], patience: Duration) -> Self {
        let server = start(settings).await;
        let target = Arc::new(Target::new(server.config(LOAD)));
        let failed_checks = Arc::new(AtomicU64::new(0));
        let pool = Pool::<Connection>::builder(Arc::clone(&target))
            .max_size(MAX_SIZE)
            .get_timeout(Duration::from_secs(5))
            .create_timeout(patience)
            .recycle_timeout(Duration::from_millis(500))
            .close_timeout(Duration::from_millis(500))
            .observer(count_failed_checks(Arc::clone(&failed_checks)))
            .build()
            .expect("a maximum and timeouts contradict nothing");
        let greatest_size = tokio::spawn(watch_size(pool.clone()));
        let begun = Instant::now();
        Self { name, server, pool, target, load: None, begun, failed_checks, greatest_size }
    }

    pub(crate) fn load(&mut self, habits: &[Habit]) {
        self.begun = Instant::now();
        self.load = Some(Load::start(&self.pool, habits));
    }

    /// Waits for a moment of the load.
    pub(crate) async fn until(&self, moment: Duration) {
        sleep_until((self.begun + moment).into()).await;
    }

    /// Goes on until the load is over, and holds the pool to its laws.
    pub(crate) async fn end(mut self, healed: Healed) -> Tally {
        self.until(DURATION).await;
        let load = self.load.take().expect("a trial has a load");
        let tally = load.stop().await;
        let first = Self::first_answer(&tally, &healed);
        let connects = self.target.connects();
        let failed_checks = self.failed_checks.load(Ordering::Relaxed);
        let bound = most_connects(healed.outage, tally.cut_short + failed_checks);
        self.report(&tally, &healed, first, bound);

        assert_eq!(tally.foreign, 0, "somebody was given an answer to another's query");
        assert!(!self.greatest_size.is_finished(), "the size was above the maximum");
        assert!(self.target.most_alive() <= MAX_SIZE, "{} were alive", self.target.most_alive());
        let first = first.expect("no connection that was lent after the heal has answered");
        assert!(first <= FIRST_ANSWER, "the first answer came {first:?} after the heal");
        for (kind, errors) in &tally.errors {
            let late = errors.last.saturating_duration_since(healed.at);
            let is_called_off = kind.contains("57014");
            assert!(is_called_off || late < SECOND, "{late:?} after the heal: {kind}");
        }
        let (early, late) = self.rates(&tally);
        assert!(late >= early / 4, "{early} answers in the first second, {late} in the last");
        assert!(connects <= bound, "{connects} connects, and no reason for more than {bound}");
        self.assert_whole().await;
        tally
    }

    /// The capacity is whole, nobody waits, the numbers add up, here and at the server.
    async fn assert_whole(self) {
        let Self { pool, target, server, greatest_size, .. } = self;
        let items = [take(&pool), take(&pool), take(&pool), take(&pool)];
        let [first, second, third, fourth] = items;
        let items: [_; MAX_SIZE] = tokio::join!(first, second, third, fourth).into();
        assert_eq!(pool.try_get().err(), Some(TryGetError::Empty), "more than the maximum");
        let status = pool.status();
        assert_eq!(
            (status.size, status.in_use, status.waiting),
            (MAX_SIZE, MAX_SIZE, 0),
            "{status}"
        );
        assert_adds_up(&pool.counters(), status.size);
        assert_eq!(target.alive(), MAX_SIZE, "connections live outside the pool");
        assert_eq!(at_the_server(&server, MAX_SIZE).await, MAX_SIZE, "connections at the server");
        drop(items);
        greatest_size.abort();
        pool.close_within(Duration::from_secs(2)).await.expect("all goodbyes are said");
        assert_eq!(target.alive(), 0, "a connection outlives its pool");
        assert_eq!(at_the_server(&server, 0).await, 0, "a connection outlives its pool");
    }

    /// How long after the heal the first query was answered on a connection lent after it.
    fn first_answer(tally: &Tally, healed: &Healed) -> Option<Duration> {
        let later = tally.answers.iter().filter(|answer| answer.lent >= healed.at);
        later.map(|answer| answer.at.duration_since(healed.at)).min()
    }

    /// The answers in the first and in the last second.
    fn rates(&self, tally: &Tally) -> (usize, usize) {
        let during = |from: Instant| {
            let answers = tally.answers.iter().map(|answer| answer.at);
            answers.filter(|&at| at >= from && at < from + SECOND).count()
        };
        (during(self.begun), during(self.begun + LAST_SECOND))
    }

    fn report(&self, tally: &Tally, healed: &Healed, first: Option<Duration>, bound: u64) {
        let connects = self.target.connects();
        let failed_checks = self.failed_checks.load(Ordering::Relaxed);
        let Tally { cut_short, dropped, given_up, .. } = tally;
        let mut waits = tally.waits.clone();
        waits.sort_unstable();
        let percentile = |part: usize| waits[(waits.len() - 1) * part / 100];
        let Counters { created, create_failed, ended, .. } = self.pool.counters();
        let (early, late) = self.rates(tally);
        let mut text = format!("\n{}: {:.1?}\n", self.name, self.begun.elapsed());
        let answers = tally.answers.len();
        // Writing to a string does not fail.
        writeln!(text, "  {answers} answers; {early} in the first second, {late} in the last").ok();
        let first = first.map_or_else(|| "never".into(), |first| format!("{first:.1?}"));
        writeln!(text, "  outage {:.0?}, first answer after it {first}", healed.outage).ok();
        writeln!(
            text,
            "  connects {connects} (bound {bound}): {created} created, {create_failed} failed; \
             {ended} ended, {cut_short} cut short, {failed_checks} failed checks"
        )
        .ok();
        writeln!(text, "  {dropped} queries dropped, {given_up} gets given up").ok();
        let (half, most, all) = (percentile(50), percentile(99), percentile(100));
        writeln!(text, "  waits p50 {half:.1?}, p99 {most:.1?}, longest {all:.1?}").ok();
        for (kind, Errors { count, .. }) in &tally.errors {
            writeln!(text, "  {count:>5} x {kind}").ok();
        }
        // Past the test runner, which would keep it to itself.
        io::stderr().write_all(text.as_bytes()).expect("stderr takes it");
    }
}

pub(crate) const MAX_SIZE: usize = 4;
/// Of the load.
const DURATION: Duration = Duration::from_secs(5);
const LAST_SECOND: Duration = Duration::from_secs(4);
const SECOND: Duration = Duration::from_secs(1);
/// The longest pause between creates is 50 ms; then come a connect and a query, and the rest is
/// for a busy machine.
const FIRST_ANSWER: Duration = Duration::from_millis(500);

/// How many connects there is a reason for: `costly` is what each had to be replaced after.
fn most_connects(outage: Duration, costly: u64) -> u64 {
    let max_size = u64::try_from(MAX_SIZE).expect("it is small");
    // The first ones; those that replace what the event ended, twice if it met new ones; those that
    // were under way together when creates began to fail.
    let at_once = 4 * max_size;
    // Pauses of 1 ms to 50 ms that double, of each of which at most half is left to chance.
    let paced = 40 * u64::try_from(outage.as_millis()).expect("it is short") / 1000 + 10;
    at_once + paced + costly
}

/// Counts the checks after which a connection is not lent.
fn count_failed_checks(count: Arc<AtomicU64>) -> impl Observer {
    move |event: &Event| {
        if matches!(event, Event::Recycle { outcome, .. } if *outcome != Outcome::Succeeded) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn take(pool: &Pool<Connection>) -> Item<Connection> {
    let item = timeout(Duration::from_secs(2), pool.get()).await.expect("capacity is lost");
    let item = item.expect("the server is well");
    let number = number();
    assert_eq!(item.echo(number, 0).await.expect("the server is well"), number, "a foreign answer");
    item
}

fn assert_adds_up(counters: &Counters, existing: usize) {
    let Counters { started, served, timed_out, cancelled, failed, waiting, .. } = *counters;
    assert_eq!(started, served + timed_out + cancelled + failed + waiting, "{counters:?}");
    assert_eq!(waiting, 0, "somebody is stranded");
    let Counters { created, inserted, ended, detached, .. } = *counters;
    let existing = u64::try_from(existing).expect("it is small");
    assert_eq!(created + inserted, ended + detached + existing, "{counters:?}");
}

/// The load's connections as the server counts them. It notices an end a little later.
async fn at_the_server(server: &Postgres, expected: usize) -> usize {
    let admin = connect(server, ADMIN).await;
    let query = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1";
    let begun = Instant::now();
    loop {
        let row = admin.query_one(query, &[&LOAD]).await.expect("the server counts");
        let count = usize::try_from(row.get::<_, i64>(0)).expect("a count is not negative");
        if count == expected || begun.elapsed() > Duration::from_secs(1) {
            return count;
        }
        sleep(Duration::from_millis(5)).await;
    }
}

/// Ends if the size is ever above the maximum.
async fn watch_size(pool: Pool<Connection>) {
    while pool.status().size <= MAX_SIZE {
        sleep(Duration::from_millis(1)).await;
    }
}
