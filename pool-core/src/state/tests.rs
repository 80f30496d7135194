//! The transitions one by one, and at random beside a naive model.

mod model;
mod trial;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use self::trial::{Event, Trial};
use super::{Backoff, Limits, Order};

const CREATE_TIMEOUT: Duration = Duration::from_millis(300);

fn limits(max_size: usize, min_size: usize, max_creating: usize) -> Limits {
    Limits {
        max_size,
        min_size,
        max_creating,
        max_waiting: usize::MAX,
        idle_timeout: u64::MAX,
        backoff: Backoff::default(),
        create_timeout: Some(CREATE_TIMEOUT),
    }
}

fn start() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "any instant will do; it does not move on")]
    Instant::now()
}

/// Runs events on a pool of `max` and gives `[idle, in_use, creating, closing, waiting]`.
fn counts_after(max: usize, events: &[Event]) -> [usize; 5] {
    let mut trial = Trial::new(limits(max, 0, usize::MAX), Order::Fifo, start());
    for event in events {
        trial.step(event);
    }
    let status = trial.status();
    trial.finish();
    [status.idle, status.in_use, status.creating, status.closing, status.waiting]
}

#[test]
fn each_transition_moves_the_slot_that_the_table_says() {
    use Event::{
        Cancel, Close, CreateFails, CreateIsDropped, CreateOk, Detach, Discard, FailCheck, Get,
        Gone, Insert, Look, MakeOnTheSpot, Put, Resize, Tell, TryGet,
    };
    // On a pool of one, `lent` leaves it with its resource lent.
    let lent = [Get, CreateOk(0), Look(0)];
    let idle = [&lent[..], &[Put(0)]].concat();
    let after_lent = |rest: &[Event]| [&lent[..], rest].concat();
    let after_idle = |rest: &[Event]| [&idle[..], rest].concat();
    let table: &[(&str, usize, Vec<Event>, [usize; 5])] = &[
        ("a get enters and is given a permit", 1, vec![Get], [0, 0, 1, 0, 1]),
        ("a get enters beside no room", 1, after_lent(&[Get]), [0, 1, 0, 0, 1]),
        ("a get enters beside a create for another", 2, vec![Get, Get], [0, 0, 2, 0, 2]),
        ("created: to the waiter", 1, lent.to_vec(), [0, 1, 0, 0, 0]),
        ("created: idle as nobody waits", 1, vec![Get, Cancel(0), CreateOk(0)], [1, 0, 0, 0, 0]),
        ("created: surplus", 1, vec![Get, Resize(0), CreateOk(0)], [0, 0, 0, 1, 1]),
        ("created: the pool is closed", 1, vec![Get, Close, CreateOk(0)], [0, 0, 0, 1, 0]),
        ("a create fails and all are told", 1, vec![Get, CreateFails(0)], [0, 0, 0, 0, 0]),
        (
            "a create fails beside a lent resource: its driver waits on, with the next permit",
            2,
            after_lent(&[Get, CreateFails(0)]),
            [0, 1, 1, 0, 1],
        ),
        (
            "a create fails beside another: only its driver is told",
            2,
            vec![Get, Get, CreateFails(0), Look(0)],
            [0, 0, 1, 0, 1],
        ),
        ("a create is dropped: the next permit", 1, vec![Get, CreateIsDropped(0)], [0, 0, 1, 0, 1]),
        ("put: idle", 1, idle.clone(), [1, 0, 0, 0, 0]),
        ("put: to the oldest waiter", 1, after_lent(&[Get, Put(0)]), [0, 1, 0, 0, 0]),
        ("put: surplus", 1, after_lent(&[Resize(0), Put(0)]), [0, 0, 0, 1, 0]),
        ("put: the pool is closed", 1, after_lent(&[Close, Put(0)]), [0, 0, 0, 1, 0]),
        ("take", 1, after_idle(&[TryGet]), [0, 1, 0, 0, 0]),
        ("a waiter leaves", 1, after_lent(&[Get, Cancel(0)]), [0, 1, 0, 0, 0]),
        ("a waiter leaves with a grant", 1, after_lent(&[Get, Put(0), Cancel(0)]), [1, 0, 0, 0, 0]),
        (
            "a waiter leaves with a grant, to the next",
            1,
            after_lent(&[Get, Get, Put(0), Cancel(0)]),
            [0, 1, 0, 0, 0],
        ),
        ("retire", 1, after_lent(&[Discard(0)]), [0, 0, 0, 1, 0]),
        ("gone", 1, after_lent(&[Discard(0), Gone]), [0, 0, 0, 0, 0]),
        ("gone: room for a waiter", 1, after_lent(&[Get, Discard(0), Gone]), [0, 0, 1, 0, 1]),
        ("detach", 1, after_lent(&[Detach(0)]), [0, 0, 0, 0, 0]),
        ("detach: room for a waiter", 1, after_lent(&[Get, Detach(0)]), [0, 0, 1, 0, 1]),
        ("a failed check: a permit", 1, after_lent(&[FailCheck(0)]), [0, 0, 1, 0, 1]),
        ("insert: idle", 1, vec![Insert], [1, 0, 0, 0, 0]),
        ("insert: full", 1, vec![Insert, Insert], [1, 0, 0, 0, 0]),
        ("insert: to a waiter", 2, vec![Get, Insert], [0, 1, 1, 0, 0]),
        ("resize: grow serves", 1, after_lent(&[Get, Get, Resize(3)]), [0, 1, 2, 0, 2]),
        ("resize: shrink ends idle ones", 1, after_idle(&[Resize(0)]), [0, 0, 0, 1, 0]),
        (
            "resize: a permit in hand is surplus",
            1,
            vec![Get, CreateIsDropped(0), Resize(0), Look(0)],
            [0, 0, 0, 0, 1],
        ),
        ("on the spot", 1, vec![MakeOnTheSpot, CreateOk(0)], [1, 0, 0, 0, 0]),
        ("close ends idle ones", 1, after_idle(&[Close]), [0, 0, 0, 1, 0]),
        ("close tells waiters", 1, after_lent(&[Get, Close, Tell, Look(0)]), [0, 1, 0, 0, 0]),
    ];
    for (what, max, events, expected) in table {
        assert_eq!(counts_after(*max, events), *expected, "{what}: {events:?}");
    }
}

fn event() -> impl Strategy<Value = Event> {
    let pick = || 0..8_usize;
    prop_oneof![
        8 => Just(Event::Get),
        2 => Just(Event::TryGet),
        10 => pick().prop_map(Event::Look),
        3 => pick().prop_map(Event::Cancel),
        6 => pick().prop_map(Event::Put),
        1 => pick().prop_map(Event::Discard),
        1 => pick().prop_map(Event::Detach),
        2 => pick().prop_map(Event::FailCheck),
        1 => pick().prop_map(Event::FailCheckSlowly),
        2 => pick().prop_map(Event::Reset),
        2 => pick().prop_map(Event::ResetOk),
        1 => Just(Event::Insert),
        6 => pick().prop_map(Event::CreateOk),
        3 => pick().prop_map(Event::CreateFails),
        1 => pick().prop_map(Event::CreateIsDropped),
        4 => Just(Event::Gone),
        3 => Just(Event::Tell),
        1 => Just(Event::Fill),
        1 => Just(Event::MakeOnTheSpot),
        2 => (0..5_usize).prop_map(Event::Resize),
        1 => Just(Event::Invalidate),
        1 => Just(Event::AskAbout),
        3 => (1..200_u64).prop_map(Event::Wait),
        1 => prop_oneof![19 => Just(Event::Wait(1)), 1 => Just(Event::Close)],
    ]
}

fn settings() -> impl Strategy<Value = (Limits, Order)> {
    let waiting = prop_oneof![4 => Just(usize::MAX), 1 => 0..3_usize];
    let sizes = (0..5_usize, 0..3_usize, 1..4_usize, waiting);
    let order = prop_oneof![Just(Order::Fifo), Just(Order::Lifo)];
    let limits = sizes.prop_map(|(max, min, creating, max_waiting)| Limits {
        max_waiting,
        ..limits(max, min, creating)
    });
    (limits, order)
}

/// How many random histories are tried; a nightly run asks for more.
fn cases() -> u32 {
    std::env::var("POOL_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2_000)
}

#[test]
fn random_histories_agree_with_the_naive_model() {
    // Seeded, so that a failure comes back; `POOL_CASES` goes further along the same sequence.
    let config = Config { cases: cases(), failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let reached = std::cell::RefCell::new(BTreeSet::new());
    let histories = (settings(), prop::collection::vec(event(), 1..100));
    runner
        .run(&histories, |((limits, order), events)| {
            let mut trial = Trial::new(limits, order, start());
            for event in &events {
                trial.step(event);
            }
            trial.step(&Event::Resize(2));
            trial.finish();
            reached.borrow_mut().extend(trial.reached.iter().copied());
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    // A test that never gets anywhere would pass, too.
    let reached = reached.into_inner();
    for sight in
        ["granted", "told failed", "told closed", "surplus permit", "filled", "reset", "overloaded"]
    {
        assert!(reached.contains(sight), "no history reached `{sight}`, only {reached:?}");
    }
}
