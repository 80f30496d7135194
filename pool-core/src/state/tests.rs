//! The transitions one by one, and at random beside a naive model.

mod exhaustive;
mod model;
mod trial;
mod walk;
mod wall;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use self::trial::{Event, Numbers, Trial};
use crate::settings::{Order, RecyclePolicy, Settings};

const CREATE_TIMEOUT: Duration = Duration::from_millis(300);

fn settings(max_size: usize) -> Settings {
    Settings { max_size, create_timeout: Some(CREATE_TIMEOUT), ..Settings::default() }
}

fn start() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "any instant will do; it does not move on")]
    Instant::now()
}

/// Runs events on a pool of `max` and gives `[idle, in_use, creating, closing, waiting]`.
fn counts_after(max: usize, events: &[Event]) -> [usize; 5] {
    let mut trial = Trial::new(settings(max), Order::Fifo, start(), Numbers::All(0));
    for event in events {
        trial.step(event);
    }
    let status = trial.status();
    trial.finish();
    [status.idle, status.in_use, status.creating, status.closing, status.waiting]
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_transition_moves_the_slot_that_the_table_says() {
    use Event::{
        AwaitCheck, Cancel, CancelCheck, CheckBreaksOff, CheckFails, CheckPasses, Close,
        CreateFails, CreateIsDropped, CreateOk, Detach, Discard, FailCheck, FailCheckSlowly, Get,
        Gone, Insert, Invalidate, LeaveCheck, Look, MakeOnTheSpot, PassCheck, Put, Reap, Reset,
        ResetOk, Resize, Resume, Suspend, Sweep, Tell, TimeOut, TryGet, Wait,
    };
    // On a pool of one, `lent` leaves it with its resource lent.
    let lent = [Get, CreateOk(0), Look(0)];
    let idle = [&lent[..], &[Put(0)]].concat();
    let checked = [&idle[..], &[Get]].concat();
    let after_lent = |rest: &[Event]| [&lent[..], rest].concat();
    let after_idle = |rest: &[Event]| [&idle[..], rest].concat();
    let after_checked = |rest: &[Event]| [&checked[..], rest].concat();
    let table: &[(&str, usize, Vec<Event>, [usize; 5])] = &[
        ("a get enters and is given a permit", 1, vec![Get], [0, 0, 1, 0, 1]),
        ("a get enters beside no room", 1, after_lent(&[Get]), [0, 1, 0, 0, 1]),
        ("a get enters beside a create for another", 2, vec![Get, Get], [0, 0, 2, 0, 2]),
        ("created: to the waiter", 1, vec![Get, CreateOk(0)], [0, 1, 0, 0, 1]),
        ("a waiter fetches its grant", 1, lent.to_vec(), [0, 1, 0, 0, 0]),
        ("created: idle as nobody waits", 1, vec![Get, Cancel(0), CreateOk(0)], [1, 0, 0, 0, 0]),
        ("created: surplus", 1, vec![Get, Resize(0), CreateOk(0)], [0, 0, 0, 1, 1]),
        ("created: the pool is closed", 1, vec![Get, Close, CreateOk(0)], [0, 0, 0, 1, 1]),
        ("a create fails and all are told", 1, vec![Get, CreateFails(0)], [0, 0, 0, 0, 1]),
        ("a waiter is told", 1, vec![Get, CreateFails(0), Tell, Look(0)], [0, 0, 0, 0, 0]),
        (
            "a create fails beside a lent resource: its asker waits on, with the next permit",
            2,
            after_lent(&[Get, CreateFails(0)]),
            [0, 1, 1, 0, 1],
        ),
        (
            "a create fails beside another: only its asker is told",
            2,
            vec![Get, Get, CreateFails(0), Look(0)],
            [0, 0, 1, 0, 1],
        ),
        ("a create is dropped: the next permit", 1, vec![Get, CreateIsDropped(0)], [0, 0, 1, 0, 1]),
        ("put: idle", 1, idle.clone(), [1, 0, 0, 0, 0]),
        ("put: to the oldest waiter", 1, after_lent(&[Get, Put(0)]), [0, 1, 0, 0, 1]),
        ("put: surplus", 1, after_lent(&[Resize(0), Put(0)]), [0, 0, 0, 1, 0]),
        ("put: the pool is closed", 1, after_lent(&[Close, Put(0)]), [0, 0, 0, 1, 0]),
        ("take", 1, after_idle(&[TryGet]), [0, 1, 0, 0, 0]),
        ("a waiter leaves", 1, after_lent(&[Get, Cancel(0)]), [0, 1, 0, 0, 0]),
        ("a waiter leaves with a grant", 1, after_lent(&[Get, Put(0), Cancel(0)]), [1, 0, 0, 0, 0]),
        (
            "a waiter leaves with a grant, to the next",
            1,
            after_lent(&[Get, Get, Put(0), Cancel(0)]),
            [0, 1, 0, 0, 1],
        ),
        ("a waiter's time is over", 1, after_lent(&[Get, TimeOut(0)]), [0, 1, 0, 0, 0]),
        ("retire", 1, after_lent(&[Discard(0)]), [0, 0, 0, 1, 0]),
        ("gone", 1, after_lent(&[Discard(0), Gone]), [0, 0, 0, 0, 0]),
        ("gone: room for a waiter", 1, after_lent(&[Get, Discard(0), Gone]), [0, 0, 1, 0, 1]),
        ("detach", 1, after_lent(&[Detach(0)]), [0, 0, 0, 0, 0]),
        ("detach: room for a waiter", 1, after_lent(&[Get, Detach(0)]), [0, 0, 1, 0, 1]),
        ("a check is due", 1, checked.clone(), [0, 1, 0, 0, 1]),
        ("a check passes", 1, after_checked(&[PassCheck(0)]), [0, 1, 0, 0, 0]),
        ("a check is cut short", 1, after_checked(&[CancelCheck(0)]), [0, 0, 0, 1, 0]),
        ("a failed check: a permit", 1, after_checked(&[FailCheck(0)]), [0, 0, 1, 0, 1]),
        (
            "a failed check, and a goodbye to say first",
            1,
            after_checked(&[FailCheckSlowly(0)]),
            [0, 0, 0, 1, 1],
        ),
        ("a pending check", 1, after_checked(&[AwaitCheck(0)]), [0, 1, 0, 0, 1]),
        (
            "a pending check passes",
            1,
            after_checked(&[AwaitCheck(0), CheckPasses(0), Look(0)]),
            [0, 1, 0, 0, 0],
        ),
        (
            "a pending check whose get has left passes",
            1,
            after_checked(&[AwaitCheck(0), Cancel(0), CheckPasses(0)]),
            [1, 0, 0, 0, 0],
        ),
        (
            "a pending check fails: the right to a create",
            2,
            after_checked(&[AwaitCheck(0), CheckFails(0)]),
            [0, 0, 1, 0, 1],
        ),
        (
            "a pending check breaks off",
            1,
            after_checked(&[AwaitCheck(0), CheckBreaksOff(0)]),
            [0, 0, 0, 1, 1],
        ),
        (
            "a check that is left passes",
            1,
            after_lent(&[LeaveCheck(0), CheckPasses(0)]),
            [1, 0, 0, 0, 0],
        ),
        (
            "what is not fetched goes to the next",
            1,
            after_lent(&[Get, Get, Put(0), Sweep, Sweep, Look(1), PassCheck(0)]),
            [0, 1, 0, 0, 1],
        ),
        (
            "what is not fetched stays where nobody waits",
            1,
            after_lent(&[Get, Put(0), Sweep, Sweep, Sweep]),
            [0, 1, 0, 0, 1],
        ),
        (
            "what is not fetched is idle when its time is over",
            1,
            after_lent(&[Get, Get, Cancel(0), Put(0), Wait(100), Sweep]),
            [1, 0, 0, 0, 1],
        ),
        (
            "a right that is not fetched goes to the next",
            1,
            after_lent(&[Get, Get, Detach(0), Sweep, Sweep, Look(1), CreateOk(0), Look(1)]),
            [0, 1, 0, 0, 1],
        ),
        (
            "who comes back is the first again",
            1,
            after_lent(&[Get, Get, Put(0), Sweep, Sweep, Look(0), Look(0), PassCheck(0)]),
            [0, 1, 0, 0, 1],
        ),
        ("a reset", 1, after_lent(&[Reset(0)]), [0, 0, 0, 1, 0]),
        ("a reset is done", 1, after_lent(&[Reset(0), ResetOk(0)]), [1, 0, 0, 0, 0]),
        ("suspend: who comes waits", 1, after_idle(&[Suspend, Get]), [1, 0, 0, 0, 1]),
        ("suspend: what comes in is idle", 1, after_lent(&[Get, Suspend, Put(0)]), [1, 0, 0, 0, 1]),
        ("suspend: a permit in hand", 1, vec![Suspend, Get, Look(0)], [0, 0, 0, 0, 1]),
        ("resume: idle ones", 1, after_idle(&[Suspend, Get, Resume]), [0, 1, 0, 0, 1]),
        ("resume: room", 1, vec![Suspend, Get, Resume], [0, 0, 1, 0, 1]),
        ("invalidate: idle ones", 1, after_idle(&[Invalidate]), [0, 0, 0, 1, 0]),
        ("invalidate: a lent one", 1, after_lent(&[Invalidate, Put(0)]), [0, 0, 0, 1, 0]),
        ("reap: nothing is over", 1, after_idle(&[Reap(1000)]), [1, 0, 0, 0, 0]),
        ("insert: idle", 1, vec![Insert], [1, 0, 0, 0, 0]),
        ("insert: full", 1, vec![Insert, Insert], [1, 0, 0, 0, 0]),
        ("insert: to a waiter", 2, vec![Get, Insert], [0, 1, 1, 0, 1]),
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
        1 => pick().prop_map(Event::TimeOut),
        8 => pick().prop_map(Event::PassCheck),
        1 => pick().prop_map(Event::CancelCheck),
        6 => pick().prop_map(Event::Put),
        1 => pick().prop_map(Event::Discard),
        1 => pick().prop_map(Event::Detach),
        2 => pick().prop_map(Event::FailCheck),
        1 => pick().prop_map(Event::FailCheckSlowly),
        2 => pick().prop_map(Event::AwaitCheck),
        3 => pick().prop_map(Event::AwaitCheckAgain),
        1 => pick().prop_map(Event::LeaveCheck),
        4 => pick().prop_map(Event::CheckPasses),
        2 => pick().prop_map(Event::CheckFails),
        1 => pick().prop_map(Event::CheckFailsSlowly),
        1 => pick().prop_map(Event::CheckPanics),
        1 => pick().prop_map(Event::CheckBreaksOff),
        6 => Just(Event::Sweep),
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
        1 => any_settings().prop_map(|settings| Event::Retune(Box::new(settings))),
        1 => Just(Event::Suspend),
        2 => Just(Event::Resume),
        5 => (0..100_u64).prop_map(Event::Reap),
        1 => Just(Event::Invalidate),
        1 => Just(Event::AskAbout),
        3 => (1..200_u64).prop_map(Event::Wait),
        1 => prop_oneof![19 => Just(Event::Wait(1)), 1 => Just(Event::Close)],
    ]
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let sizes = (0..5_usize, 0..3_usize, 0..3_usize, 1..4_usize);
    let waiting = prop_oneof![4 => Just(None), 1 => (0..3_usize).prop_map(Some)];
    let time = || prop_oneof![1 => Just(None), 1 => (1..100_u64).prop_map(Some)];
    let policy = prop_oneof![Just(RecyclePolicy::Always), Just(RecyclePolicy::Never)];
    (sizes, waiting, time(), time(), policy).prop_map(
        |((max, min_size, min_idle, max_creating), max_waiting, lifetime, idle, recycle_policy)| {
            Settings {
                min_size,
                min_idle,
                max_creating,
                max_waiting,
                patience: (max_creating != 2).then_some(Duration::from_millis(10)),
                max_lifetime: lifetime.map(Duration::from_millis),
                idle_timeout: idle.map(Duration::from_millis),
                recycle_policy,
                ..settings(max)
            }
        },
    )
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![Just(Order::Fifo), Just(Order::Lifo)]
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
    let histories = (any_settings(), order(), prop::collection::vec(event(), 1..100));
    runner
        .run(&histories, |(settings, order, events)| {
            let mut trial = Trial::new(settings, order, start(), Numbers::All(0));
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
    for sight in [
        "granted",
        "reserved",
        "checked",
        "told failed",
        "told closed",
        "closed",
        "overloaded",
        "pointless permit",
        "absent",
        "stale",
        "taken over",
        "check awaited",
        "filled",
        "reset",
        "expired",
        "idle too long",
    ] {
        assert!(reached.contains(sight), "no history reached `{sight}`, only {reached:?}");
    }
}
