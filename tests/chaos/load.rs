//! The load: tasks that get a connection, query, and drop it, and tasks that break off halfway.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use pool_tokio::{GetError, Item, Pool};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_postgres::{Error, NoTls};

use crate::connection::Connection;

/// What a task does with its connections, again and again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Habit {
    /// One query, inside an `Item::run` with a generous time limit.
    Whole,
    /// Three at the same time, in one pipeline, likewise.
    Pipelined,
    /// One query, of which one in eight has too little time.
    CutShort,
    /// Each is cut short without `Item::run`; the next follows on the same connection.
    Dropped,
    /// Each is cut short, and the server asked to cancel it; then the item is dropped.
    CalledOff,
    /// One whole query, but the wait for a connection is often given up.
    Impatient,
}

/// What the tasks saw.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) answers: Vec<Answer>,
    /// Answers to somebody else's query.
    pub(crate) foreign: u64,
    /// Operations that were cut short inside an `Item::run`: each costs its connection.
    pub(crate) cut_short: u64,
    /// Queries that were dropped without, which `tokio-postgres` puts right.
    pub(crate) dropped: u64,
    /// Gets that were dropped.
    pub(crate) given_up: u64,
    pub(crate) errors: BTreeMap<String, Errors>,
    pub(crate) waits: Vec<Duration>,
}

/// A query that was answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    /// When its connection was lent.
    pub(crate) lent: Instant,
    pub(crate) at: Instant,
}

/// Errors of one kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Errors {
    pub(crate) count: u64,
    pub(crate) last: Instant,
}

pub(crate) struct Load {
    tasks: JoinSet<Tally>,
    over: Arc<AtomicBool>,
}

impl Load {
    pub(crate) fn start(pool: &Pool<Connection>, habits: &[Habit]) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for &habit in habits {
            let pool = pool.clone();
            let over = Arc::clone(&over);
            tasks.spawn(async move {
                let mut task = Task { pool, habit, tally: Tally::default() };
                while !over.load(Ordering::Relaxed) {
                    task.once().await;
                }
                task.tally
            });
        }
        Self { tasks, over }
    }

    /// Lets each task finish what it is at.
    pub(crate) async fn stop(self) -> Tally {
        self.over.store(true, Ordering::Relaxed);
        let tallies = timeout(Duration::from_secs(10), self.tasks.join_all());
        let tallies = tallies.await.expect("a task is stranded");
        let mut total = Tally::default();
        for tally in tallies {
            total.add(tally);
        }
        total
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        let Self { answers, foreign, cut_short, dropped, given_up, errors, waits } = other;
        self.answers.extend(answers);
        self.foreign += foreign;
        self.cut_short += cut_short;
        self.dropped += dropped;
        self.given_up += given_up;
        self.waits.extend(waits);
        for (kind, errors) in errors {
            self.count(kind, errors);
        }
    }

    fn error(&mut self, kind: String) {
        self.count(kind, Errors { count: 1, last: Instant::now() });
    }

    fn count(&mut self, kind: String, Errors { count, last }: Errors) {
        let errors = self.errors.entry(kind).or_insert(Errors { count: 0, last });
        errors.count += count;
        errors.last = errors.last.max(last);
    }
}

struct Task {
    pool: Pool<Connection>,
    habit: Habit,
    tally: Tally,
}

impl Task {
    async fn once(&mut self) {
        let Some(mut item) = self.get().await else { return };
        let lent = Instant::now();
        let cut = Duration::from_millis(fastrand::u64(0..NAP_MS));
        match self.habit {
            Habit::CutShort if fastrand::u8(0..8) == 0 => {
                self.query(&mut item, lent, NAP_MS, cut).await;
            }
            Habit::Dropped => {
                if timeout(cut, item.echo(number(), NAP_MS)).await.is_err() {
                    self.tally.dropped += 1;
                }
                self.query(&mut item, lent, short_nap(), PATIENCE).await;
            }
            Habit::CalledOff => {
                if timeout(cut, item.echo(number(), NAP_MS)).await.is_err() {
                    self.tally.dropped += 1;
                    if let Err(error) = item.cancel_token().cancel_query(NoTls).await {
                        self.tally.error(format!("cancel: {}", kind(&error)));
                    }
                }
            }
            Habit::Pipelined => {
                self.pipeline(&mut item, lent, short_nap()).await;
            }
            Habit::Whole | Habit::CutShort | Habit::Impatient => {
                self.query(&mut item, lent, short_nap(), PATIENCE).await;
            }
        }
    }

    async fn get(&mut self) -> Option<Item<Connection>> {
        let begun = Instant::now();
        let gotten = if matches!(self.habit, Habit::Impatient) && fastrand::bool() {
            let patience = Duration::from_millis(fastrand::u64(1..8));
            let Ok(gotten) = timeout(patience, self.pool.get()).await else {
                self.tally.given_up += 1;
                return None;
            };
            gotten
        } else {
            self.pool.get().await
        };
        self.tally.waits.push(begun.elapsed());
        match gotten {
            Ok(item) => Some(item),
            Err(error) => {
                self.tally.error(match &error {
                    GetError::Create(cause) => format!("get: create: {}", kind(cause)),
                    GetError::TimedOut(timed_out) => format!("get: timed out {}", timed_out.phase),
                    other => format!("get: {other}"),
                });
                sleep(RETRY).await;
                None
            }
        }
    }

    async fn query(
        &mut self,
        item: &mut Item<Connection>,
        lent: Instant,
        nap: u64,
        patience: Duration,
    ) {
        let number = number();
        let query = Item::run(item, async |it: &mut Connection| it.echo(number, nap).await);
        match timeout(patience, query).await {
            Ok(answer) => self.note(lent, number, &answer),
            Err(_) => self.tally.cut_short += 1,
        }
    }

    async fn pipeline(&mut self, item: &mut Item<Connection>, lent: Instant, nap: u64) {
        let numbers = [number(), number(), number()];
        let queries = Item::run(item, async |it: &mut Connection| {
            let [first, second, third] = numbers.map(|number| it.echo(number, nap));
            tokio::join!(first, second, third).into()
        });
        let answers: Result<[_; 3], _> = timeout(PATIENCE, queries).await;
        let Ok(answers) = answers else { return self.tally.cut_short += 1 };
        for (number, answer) in numbers.into_iter().zip(&answers) {
            self.note(lent, number, answer);
        }
    }

    fn note(&mut self, lent: Instant, number: i64, answer: &Result<i64, Error>) {
        match answer {
            Ok(answer) if *answer == number => {
                self.tally.answers.push(Answer { lent, at: Instant::now() });
            }
            Ok(_) => self.tally.foreign += 1,
            Err(error) => self.tally.error(format!("query: {}", kind(error))),
        }
    }
}

/// How long a query takes that is to be broken off, in milliseconds.
const NAP_MS: u64 = 5;
/// How long a query may take that is not.
const PATIENCE: Duration = Duration::from_millis(300);
/// How soon a task tries again that got no connection.
const RETRY: Duration = Duration::from_millis(5);

/// A number that no other query carries.
pub(crate) fn number() -> i64 {
    static NUMBER: AtomicI64 = AtomicI64::new(1);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// How long a query takes that is not to be broken off, in milliseconds.
fn short_nap() -> u64 {
    fastrand::u64(0..3)
}

fn kind(error: &Error) -> String {
    match error.as_db_error() {
        Some(told) => format!("{} {}", told.code().code(), told.message()),
        None if error.is_closed() => "closed".into(),
        None => error.to_string(),
    }
}
