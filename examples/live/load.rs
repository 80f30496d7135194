//! The load: tasks of three kinds, each of which gets its connections in a line of its own, so that the
//! holders can be told apart.

use std::time::Duration;

use pool_tokio::{GetError, Item, Pool};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::backend::Fault;
use crate::connection::Connection;
use crate::journal::Journal;

/// How much load there is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) tasks: usize,
    /// How long a checkout holds its connection, on the average.
    pub(crate) hold: Duration,
}

/// Keeps as many tasks at work as the plan says, until it is dropped.
pub(crate) async fn run(pool: Pool<Connection>, journal: Journal, mut plan: watch::Receiver<Plan>) {
    let mut tasks = JoinSet::new();
    let mut handles: Vec<AbortHandle> = Vec::new();
    loop {
        let wanted = plan.borrow_and_update().tasks;
        for surplus in handles.drain(wanted.min(handles.len())..) {
            surplus.abort();
        }
        for number in handles.len()..wanted {
            let work = work(number, pool.clone(), journal.clone(), plan.clone());
            handles.push(tasks.spawn(work));
        }
        while tasks.try_join_next().is_some() {}
        if plan.changed().await.is_err() {
            return;
        }
    }
}

/// One task: does its job again and again, and thinks for a while in between.
async fn work(
    number: usize,
    pool: Pool<Connection>,
    journal: Journal,
    plan: watch::Receiver<Plan>,
) {
    loop {
        let hold = plan.borrow().hold.mul_f64(fastrand::f64() + 0.5);
        let done = match number % 8 {
            7 => report(&pool, hold * 5).await,
            2 | 5 => search(&pool, hold * 2).await,
            _ => checkout(&pool, hold).await,
        };
        if let Err(trouble) = done {
            journal.note(trouble.kind(), trouble.in_words());
        }
        sleep(hold.max(PAUSE)).await;
    }
}

/// Short, and the most frequent.
async fn checkout(pool: &Pool<Connection>, hold: Duration) -> Result<(), Trouble> {
    let mut connection = pool.get().await?;
    let answer = connection.query(hold).await;
    settle(connection, answer)
}

/// Two queries on one connection.
async fn search(pool: &Pool<Connection>, hold: Duration) -> Result<(), Trouble> {
    let mut connection = pool.get().await?;
    let mut answer = connection.query(hold / 2).await;
    if answer.is_ok() {
        answer = connection.query(hold / 2).await;
    }
    settle(connection, answer)
}

/// Long; one in ten is given up halfway, which costs its connection.
async fn report(pool: &Pool<Connection>, hold: Duration) -> Result<(), Trouble> {
    let mut connection = pool.get().await?;
    let patience = if fastrand::u8(0..10) == 0 { hold / 2 } else { hold * 2 };
    let query = Item::run(&mut connection, async |connection| connection.query(hold).await);
    match timeout(patience, query).await {
        Ok(answer) => settle(connection, answer),
        Err(_) => Ok(()),
    }
}

/// A connection that failed is not lent again.
fn settle(connection: Item<Connection>, answer: Result<(), Fault>) -> Result<(), Trouble> {
    if answer.is_err() {
        Item::discard(connection);
    }
    answer.map_err(Trouble::Query)
}

/// Why a job was not done.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("got no connection")]
    Get(#[from] GetError<Fault>),
    #[error("the query failed")]
    Query(#[source] Fault),
}

impl Trouble {
    /// What happened, and why: a time-out tells its cause by itself, a failed create does not.
    fn in_words(&self) -> String {
        match self {
            Self::Get(told @ GetError::Create(cause)) => format!("{told}: {cause}"),
            Self::Get(told) => told.to_string(),
            Self::Query(fault) => format!("{self}: {fault}"),
        }
    }

    /// One word for all errors of a kind, whatever numbers they have in them.
    fn kind(&self) -> &'static str {
        match self {
            Self::Get(GetError::Create(_)) => "get: create failed",
            Self::Get(GetError::TimedOut(_)) => "get: timed out",
            Self::Get(GetError::Closed) => "get: closed",
            Self::Get(GetError::Overloaded) => "get: overloaded",
            Self::Get(_) => "get: other",
            Self::Query(_) => "query failed",
        }
    }
}

/// How long a task thinks at least, so that no failure is retried at once.
const PAUSE: Duration = Duration::from_millis(20);
