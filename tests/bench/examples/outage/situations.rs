//! What a production night brings, in real time: creates that fail, hang and heal, resources that
//! have gone stale, callers that leave, the end. Each situation builds what it needs and measures
//! one contender in it.

use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio::time::{sleep, sleep_until, timeout, timeout_at};

use crate::backend::{Backend, Plan};
use crate::contenders::{Contender, Refusal, Settings};
use crate::figure::Figure;

/// 1000 waiters, and every create fails after 10 ms.
pub(crate) async fn creates_fail<C: Contender>() -> Vec<Figure> {
    let backend = Backend::new();
    backend.set_creates(Plan::FailAfter(Duration::from_millis(10)));
    let pool = build::<C>(Settings { get_timeout: BOUND, ..Settings::of(8) }, &backend);
    let waiters = (0..1000).map(|_| spawn_get(&pool)).collect();
    let answers = join(waiters).await;
    let failed_at = backend.first_failure().expect("creates fail");
    let knowing = answers.iter().filter(|answer| answer.refusal == Some(Refusal::Cause)).count();
    vec![
        Figure::time("last is told after the first failure", last(&answers, failed_at))
            .at_most(5.0),
        Figure::count("are told the cause", knowing).exactly(1000.0),
        Figure::count("creates", size(backend.creates())).at_most(8.0),
    ]
}

/// The server is down for a second; 40 clients ask, and ask again 5 ms after each refusal.
pub(crate) async fn server_is_down<C: Contender>() -> Vec<Figure> {
    let backend = Backend::new();
    backend.set_creates(Plan::Fail);
    let pool = build::<C>(Settings::of(10), &backend);
    let clients: Vec<_> = (0..40)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                while pool.get().await.is_err() {
                    sleep(Duration::from_millis(5)).await;
                }
                Instant::now()
            })
        })
        .collect();
    sleep(Duration::from_secs(1)).await;
    let failed_creates = backend.failed_creates();
    backend.set_creates(Plan::After(Duration::from_millis(2)));
    let healed_at = Instant::now();
    let mut first: Option<Instant> = None;
    for client in clients {
        // A client that is not served by then counts as never.
        if let Ok(served) = timeout_at((healed_at + BOUND).into(), client).await {
            let served = served.expect("a client does not panic");
            first = Some(first.map_or(served, |first| first.min(served)));
        }
    }
    let first = first.map(|first| first.saturating_duration_since(healed_at));
    vec![
        Figure::count("failed creates", size(failed_creates)).at_most(100.0),
        Figure::time("first is served after the heal", first)
            .at_most(50.0 + 2.0 + 2.0 * TIMER_TICK)
            .each_time(),
    ]
}

/// 64 idle resources of a server that has restarted, and one get.
pub(crate) async fn all_are_stale<C: Contender>() -> Vec<Figure> {
    let (check, create) = (Duration::from_millis(6), Duration::from_millis(10));
    let backend = Backend::new();
    let pool = build::<C>(Settings::of(64), &backend);
    fill(&pool, &backend, 64).await;
    backend.restart(Plan::FailAfter(check));
    backend.set_creates(Plan::After(create));
    let checks_before = backend.checks();
    let begun = Instant::now();
    let served = pool.get().await.is_ok();
    let latency = begun.elapsed();
    let checks = backend.checks() - checks_before;
    // What the same two waits take by themselves, on this machine's timers.
    let begun = Instant::now();
    sleep(check).await;
    sleep(create).await;
    let bare = begun.elapsed();
    vec![
        Figure::count("checks", size(checks)).at_most(3.0),
        Figure::time("latency", served.then_some(latency)),
        Figure::ratio("latency against one check, one create", latency, bare).at_most(1.1),
    ]
}

/// Five callers, one after the other, each leaving after 15 ms of a create that takes 80 ms; then
/// one who stays.
pub(crate) async fn callers_leave<C: Contender>() -> Vec<Figure> {
    let create = Duration::from_millis(80);
    let backend = Backend::new();
    backend.set_creates(Plan::After(create));
    let pool = build::<C>(Settings::of(4), &backend);
    for _ in 0..5 {
        // Timers are late, so the last of them may meet the create's end and be served.
        drop(timeout(Duration::from_millis(15), pool.get()).await);
    }
    sleep(create).await;
    let begun = Instant::now();
    let latency = pool.get().await.is_ok().then(|| begun.elapsed());
    vec![
        Figure::count("creates in all", size(backend.creates())).exactly(1.0),
        Figure::time("whoever comes then is served after", latency).at_most(TIMER_TICK),
    ]
}

/// Creates hang. Gets may take 100 ms, creates a second, by when the server has healed.
pub(crate) async fn creates_hang<C: Contender>() -> Vec<Figure> {
    const MAX_SIZE: u32 = 4;
    /// Milliseconds at most that this pool waits after as many failures.
    const PAUSE: f64 = 8.0;
    /// The create's timer, the pause's and the taker's, each late by up to two ticks.
    const TIMERS: f64 = 6.0 * TIMER_TICK;
    let second = Duration::from_secs(1);
    let backend = Backend::new();
    backend.set_creates(Plan::Hang);
    let settings = Settings {
        get_timeout: Duration::from_millis(100),
        create_timeout: second,
        ..Settings::of(MAX_SIZE)
    };
    let pool = build::<C>(settings, &backend);
    let begun = Instant::now();
    let answers = join((0..MAX_SIZE).map(|_| spawn_get(&pool)).collect()).await;
    backend.set_creates(Plan::Ok);
    sleep_until((begun + second).into()).await;
    let takers: Vec<_> =
        (0..MAX_SIZE).map(|_| spawn_taker(&pool, begun + second + BOUND / 4)).collect();
    let mut items = Vec::new();
    for taker in takers {
        items.extend(taker.await.expect("a taker does not panic"));
    }
    let whole = (items.len() == size(MAX_SIZE)).then(|| begun.elapsed());
    vec![
        Figure::time("last is told", last(&answers, begun))
            .between(100.0, 100.0 + 3.0 * TIMER_TICK),
        Figure::count("of 4 can be taken again", items.len()).exactly(f64::from(MAX_SIZE)),
        Figure::time("all are taken", whole).at_most(1000.0 + PAUSE + TIMERS),
    ]
}

/// The pool is closed while 10,000 wait for what one holds.
pub(crate) async fn pool_closes<C: Contender>() -> Vec<Figure> {
    const WAITERS: usize = 10_000;
    let backend = Backend::new();
    let pool = build::<C>(Settings::of(1), &backend);
    let held = pool.get().await.expect("the server is up");
    let waiters: Vec<_> = (0..WAITERS).map(|_| spawn_get(&pool)).collect();
    // Until all of them have begun to wait.
    sleep(Duration::from_millis(150)).await;
    let begun = Instant::now();
    let closes = pool.close();
    let call = begun.elapsed();
    let answers = if closes { join(waiters).await } else { Vec::new() };
    drop(held);
    let knowing = answers.iter().filter(|answer| answer.refusal == Some(Refusal::Closed)).count();
    vec![
        Figure::time("the call itself takes", Some(call)).only_if(closes),
        Figure::time("last is told", last(&answers, begun)).at_most(10.0).only_if(closes),
        Figure::count("are told", knowing).exactly(10_000.0).only_if(closes),
    ]
}

pub(crate) fn build<C: Contender>(settings: Settings, backend: &Backend) -> C {
    C::build(settings, backend).expect("every contender has these settings")
}

/// Has so many resources be idle.
pub(crate) async fn fill<C: Contender>(pool: &C, backend: &Backend, idle: u32) {
    let mut items = Vec::new();
    for _ in 0..idle {
        items.push(pool.get().await.expect("the server is up"));
    }
    drop(items);
    assert_eq!(backend.live(), idle, "as many are idle as were taken at the same time");
}

pub(crate) fn size(count: u32) -> usize {
    usize::try_from(count).expect("a count fits")
}

/// How a get ended, and when.
struct Answer {
    at: Instant,
    refusal: Option<Refusal>,
}

fn spawn_get<C: Contender>(pool: &C) -> JoinHandle<Answer> {
    let pool = pool.clone();
    tokio::spawn(async move {
        let refusal = pool.get().await.err();
        Answer { at: Instant::now(), refusal }
    })
}

async fn join(gets: Vec<JoinHandle<Answer>>) -> Vec<Answer> {
    let mut answers = Vec::with_capacity(gets.len());
    for get in gets {
        answers.push(get.await.expect("a get does not panic"));
    }
    answers
}

/// How long after `since` the last was answered.
fn last(answers: &[Answer], since: Instant) -> Option<Duration> {
    answers.iter().map(|answer| answer.at.saturating_duration_since(since)).max()
}

/// Asks until it is served.
fn spawn_taker<C: Contender>(pool: &C, until: Instant) -> JoinHandle<Option<C::Item>> {
    let pool = pool.clone();
    tokio::spawn(async move {
        while Instant::now() < until {
            if let Ok(item) = pool.get().await {
                return Some(item);
            }
            sleep(Duration::from_millis(1)).await;
        }
        None
    })
}

/// How long a contender may take that would otherwise take for ever.
const BOUND: Duration = Duration::from_secs(2);

/// Milliseconds by which a timer of tokio's may be late by itself.
const TIMER_TICK: f64 = 1.0;
