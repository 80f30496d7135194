//! Futures of a pool that are put aside while others need the pool, in paused time: each situation
//! builds what it needs, and asks one pool for what it promises everybody else.

use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use tokio::time::{Instant, sleep, timeout};

use crate::aside::Aside;
use crate::backend::{Backend, Plan};
use crate::contenders::{Contender, Settings};
use crate::outcome::Outcome;

/// A get is put aside while its create is under way; another gets. There is room for many.
pub(crate) async fn in_its_create<C: Contender>(
    aside: Aside,
    max_creating: Option<usize>,
) -> Option<Outcome> {
    let backend = Backend::new();
    backend.set_creates(Plan::After(CREATE));
    let pool = C::build(Settings { max_creating, ..Settings::of(50) }, &backend)?;
    let held = aside.put(pool.get()).await;
    let outcome = served(&pool).await;
    drop(held);
    Some(outcome)
}

/// The server is down, and a get is put aside that would try again; the server is back.
pub(crate) async fn in_an_outage<C: Contender>(aside: Aside) -> Option<Outcome> {
    let backend = Backend::new();
    backend.set_creates(Plan::Fail);
    let pool = C::build(Settings::of(4), &backend)?;
    for _ in 0..3 {
        drop(pool.get_within(Duration::from_millis(100)).await);
    }
    let held = aside.put(pool.get()).await;
    sleep(Duration::from_millis(100)).await;
    backend.set_creates(Plan::Ok);
    let outcome = served(&pool).await;
    drop(held);
    Some(outcome)
}

/// One arm of a `select!` gets, the other has the pool closed, and waits for that.
pub(crate) async fn beside_a_close<C: Contender>(aside: Aside) -> Option<Outcome> {
    let backend = Backend::new();
    backend.set_creates(Plan::After(CREATE));
    let pool = C::build(Settings::of(4), &backend)?;
    let held = aside.put(pool.get()).await;
    let outcome = closed(&pool).await;
    drop(held);
    outcome
}

/// A get is dropped in a create that hangs, which nobody wants then, and the pool is closed.
pub(crate) async fn close_unwanted<C: Contender>(aside: Aside) -> Option<Outcome> {
    let backend = Backend::new();
    backend.set_creates(match aside {
        Aside::Kept => Plan::Hang,
        Aside::Driven => Plan::After(CREATE),
    });
    let pool = C::build(Settings::of(4), &backend)?;
    drop(aside.put(pool.get()).await);
    closed(&pool).await
}

/// A fill of two is kept that has ended, as a create failed; the pool is closed.
pub(crate) async fn close_after_fill<C: Contender>(aside: Aside) -> Option<Outcome> {
    let backend = Backend::new();
    backend.set_creates(Plan::FailAfter(CREATE));
    let pool = C::build(Settings { min: Some(2), ..Settings::of(4) }, &backend)?;
    let mut fill = pool.fill()?;
    drop(fill.as_mut().await);
    let held = (aside == Aside::Kept).then_some(fill);
    let outcome = closed(&pool).await;
    drop(held);
    outcome
}

/// A create hangs in a get that is put aside, in the only place; creates may take a second.
pub(crate) async fn create_hangs<C: Contender>(aside: Aside) -> Option<Outcome> {
    let backend = Backend::new();
    backend.set_creates(Plan::Hang);
    let pool = C::build(Settings { create_timeout: SECOND, ..Settings::of(1) }, &backend)?;
    let held = aside.put(pool.get()).await;
    backend.set_creates(Plan::Ok);
    let outcome = served(&pool).await;
    drop(held);
    Some(outcome)
}

/// A check hangs in a get that is put aside, in the only place; checks may take a second.
pub(crate) async fn check_hangs<C: Contender>(aside: Aside) -> Option<Outcome> {
    let backend = Backend::new();
    let pool = C::build(Settings { check_timeout: SECOND, ..Settings::of(1) }, &backend)?;
    fill(&pool, 1).await;
    backend.restart(Plan::Hang);
    let held = aside.put(pool.get()).await;
    let outcome = served(&pool).await;
    drop(held);
    Some(outcome)
}

/// The only resource is given back, or its place is, while a get that was put aside is first in the
/// queue, and another second. If the first has a patience, it is over by then.
pub(crate) async fn first_in_the_queue<C: Contender>(
    aside: Aside,
    patience: Option<Duration>,
    give_back: fn(C::Item),
) -> Option<Outcome> {
    let backend = Backend::new();
    let pool = C::build(Settings::of(1), &backend)?;
    let lent = pool.get().await.expect("the server is up");
    backend.set_creates(Plan::After(CREATE));
    let first = match patience {
        None => pool.get(),
        Some(patience) => pool.get_within(patience),
    };
    let held = aside.put(first).await;
    let second = {
        let pool = pool.clone();
        tokio::spawn(async move { served(&pool).await })
    };
    let waited = Duration::from_millis(150);
    sleep(waited).await;
    give_back(lent);
    let outcome = match second.await.expect("a get does not panic") {
        Outcome::After(time) => Outcome::After(time.saturating_sub(waited)),
        outcome => outcome,
    };
    drop(held);
    Some(outcome)
}

/// Ten gets by fives; for each that is served, the consumer gets one more. There is room for all.
/// The longest of the consumer's own.
pub(crate) async fn buffered<C: Contender>(aside: Aside) -> Option<Outcome> {
    let backend = Backend::new();
    backend.set_creates(Plan::After(CREATE));
    let pool = C::build(Settings::of(50), &backend)?;
    let gets = stream::iter(0..10).map(|_| aside.left_to_its_holder(pool.get()));
    let mut gets = gets.buffer_unordered(5);
    let mut longest = Duration::ZERO;
    while let Some(item) = gets.next().await {
        match served(&pool).await {
            Outcome::After(time) => longest = longest.max(time),
            outcome => return Some(outcome),
        }
        drop(item);
    }
    Some(Outcome::After(longest))
}

/// The minimum, which is the maximum, is being filled, and whoever asked for that does something
/// else; another gets.
pub(crate) async fn filling<C: Contender>(aside: Aside) -> Option<Outcome> {
    let backend = Backend::new();
    backend.set_creates(Plan::After(CREATE));
    let pool = C::build(Settings { min: Some(5), ..Settings::of(5) }, &backend)?;
    let held = match pool.fill() {
        Some(fill) => aside.put(fill).await,
        None => None,
    };
    let outcome = served(&pool).await;
    drop(held);
    Some(outcome)
}

/// The server gets slow: a check takes 6 ms, and 100 callers, one each millisecond, have a patience
/// of 5 ms. How many connections that costs.
pub(crate) async fn slow_checks<C: Contender>(aside: Aside) -> Option<Outcome> {
    let backend = Backend::new();
    let pool = C::build(Settings::of(8), &backend)?;
    fill(&pool, 8).await;
    for _ in 0..100 {
        // From here on, also those that were made meanwhile.
        backend.restart(Plan::After(Duration::from_millis(6)));
        let get = match aside {
            Aside::Kept => pool.get_within(Duration::from_millis(5)),
            Aside::Driven => pool.get(),
        };
        tokio::spawn(async move { drop(get.await) });
        sleep(Duration::from_millis(1)).await;
    }
    sleep(SECOND).await;
    Some(lost(&backend, 8))
}

/// A get is dropped in its check; another gets. How many connections that costs.
pub(crate) async fn dropped_in_its_check<C: Contender>(aside: Aside) -> Option<Outcome> {
    let backend = Backend::new();
    let pool = C::build(Settings::of(1), &backend)?;
    fill(&pool, 1).await;
    backend.restart(Plan::After(Duration::from_millis(6)));
    drop(aside.put(pool.get()).await);
    served(&pool).await;
    Some(lost(&backend, 1))
}

/// How many connections were made in the place of others, of which so many were made first.
fn lost(backend: &Backend, first: usize) -> Outcome {
    Outcome::Count(usize::try_from(backend.creates()).expect("a count fits") - first)
}

/// Has so many resources be idle.
pub(crate) async fn fill<C: Contender>(pool: &C, idle: usize) {
    let mut items = Vec::new();
    for _ in 0..idle {
        items.push(pool.get().await.expect("the server is up"));
    }
    drop(items);
    // sqlx's are returned by tasks.
    sleep(Duration::from_millis(10)).await;
}

/// Asks until it is served, and says how long that took.
pub(crate) async fn served<C: Contender>(pool: &C) -> Outcome {
    let begun = Instant::now();
    let asking = async {
        while pool.get().await.is_none() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    match timeout(BOUND, asking).await {
        Ok(()) => Outcome::After(begun.elapsed()),
        Err(_) => Outcome::NotWithin(BOUND),
    }
}

/// How long it takes until the pool is closed.
async fn closed<C: Contender>(pool: &C) -> Option<Outcome> {
    let begun = Instant::now();
    let is_closed = timeout(BOUND, pool.close()?).await.is_ok();
    Some(if is_closed { Outcome::After(begun.elapsed()) } else { Outcome::NotWithin(BOUND) })
}

/// How long a create takes, where it takes time.
pub(crate) const CREATE: Duration = Duration::from_millis(50);

/// After which "not yet" is "never".
const BOUND: Duration = Duration::from_secs(3);

const SECOND: Duration = Duration::from_secs(1);
