//! Every state of a small pool, and every transition out of it.
//!
//! The pools have one resource or two, and a few gets under way; the time stands still. From the
//! empty pool on, everything that can happen in a state is made to happen, in the state machine and
//! in the naive model, until no state is new. States that differ in names alone are one.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::model::{Id, Thing};
use super::trial::{Event, Made, Numbers, Trial};
use super::{settings, start};
use crate::settings::Order;
use crate::settings::RecyclePolicy;
use crate::settings::Settings;

/// How much there is at the same time, at most.
#[derive(Clone, Copy, Debug, Default)]
struct Scope {
    size: usize,
    gets: usize,
}

/// What a walk has seen.
#[derive(Debug, Default)]
struct Seen {
    states: usize,
    transitions: usize,
    made: BTreeMap<&'static str, BTreeSet<[i8; 4]>>,
}

impl Seen {
    fn and(mut self, other: Self) -> Self {
        self.states += other.states;
        self.transitions += other.transitions;
        for (name, made) in other.made {
            self.made.entry(name).or_default().extend(made);
        }
        self
    }
}

/// Walks from an empty pool to wherever one can get.
fn walk(name: &str, settings: Settings, order: Order, scope: Scope) -> Seen {
    let mut seen = Seen::default();
    let empty = Trial::new(settings, order, start(), Numbers::Few);
    let mut known = HashSet::from([fingerprint(&empty)]);
    let mut frontier = VecDeque::from([empty]);
    while let Some(trial) = frontier.pop_front() {
        for event in events(&trial, scope) {
            let mut next = trial.clone();
            next.step(&event);
            for Made { name, moved } in std::mem::take(&mut next.made) {
                seen.made.entry(name).or_default().insert(moved);
            }
            next.reached.clear();
            seen.transitions += 1;
            if known.insert(fingerprint(&next)) {
                frontier.push_back(next);
            }
        }
    }
    seen.states = known.len();
    println!("{name}: {} states, {} transitions", seen.states, seen.transitions);
    seen
}

/// All that can happen to a pool as it is.
fn events(trial: &Trial, scope: Scope) -> Vec<Event> {
    let mut events = vec![
        Event::TryGet,
        Event::Insert,
        Event::Gone,
        Event::Tell,
        Event::Fill,
        Event::MakeOnTheSpot,
        Event::Suspend,
        Event::Resume,
        Event::Invalidate,
        Event::Reap(1),
        Event::AskAbout,
        Event::Close,
    ];
    if trial.sweeping.is_some() {
        events.push(Event::Sweep);
    }
    events.extend((0..=scope.size).map(Event::Resize));
    if trial.waiters.len() + trial.checking.len() < scope.gets {
        events.push(Event::Get);
    }
    let mut each = |count: usize, kinds: &[fn(usize) -> Event]| {
        events.extend((0..count).flat_map(|pick| kinds.iter().map(move |kind| kind(pick))));
    };
    each(trial.waiters.len(), &[Event::Look, Event::Cancel]);
    each(
        trial.checking.len(),
        &[
            Event::PassCheck,
            Event::FailCheck,
            Event::FailCheckSlowly,
            Event::CancelCheck,
            Event::AwaitCheck,
            Event::AwaitCheckAgain,
        ],
    );
    each(
        trial.flying.len(),
        &[
            Event::CheckPasses,
            Event::CheckFails,
            Event::CheckFailsSlowly,
            Event::CheckPanics,
            Event::CheckBreaksOff,
        ],
    );
    each(
        trial.lent.len(),
        &[Event::Put, Event::Discard, Event::Detach, Event::Reset, Event::LeaveCheck],
    );
    each(trial.resetting.len(), &[Event::ResetOk]);
    each(trial.creating.len(), &[Event::CreateOk, Event::CreateFails, Event::CreateIsDropped]);
    events
}

/// What tells a state from others: all but names, counts and times. That the model and the state
/// machine agree on it has been asserted when it was reached.
fn fingerprint(trial: &Trial) -> u64 {
    let model = &trial.model;
    let thing = |thing: &Thing| {
        let (is_current, is_suspect) =
            (thing.generation == model.generation, thing.known_good_at < model.failed_checks);
        (is_current, is_suspect, thing.expires_at <= model.tick)
    };
    let creates = |id: Id| trial.creating.iter().find(|creating| creating.asker == Some(id));
    let checks = |id: Id| trial.flying.iter().find(|flying| flying.asker == Some(id));
    let stale = |generation: u64| generation == model.generation;
    // A waiter by all that is known of it but its name.
    let waiter = |id: &Id| {
        let grant = model.grants.get(id).map(|grant| (thing(&grant.resource), grant.fresh));
        let place = model.unasked.iter().position(|other| other == id);
        let creates = creates(*id).map(|creating| stale(creating.generation));
        let checks = checks(*id).map(|flying| thing(&flying.thing));
        let flags = (model.entrusted.contains(id), model.asleep.contains(id));
        let given = model.given.iter().position(|(other, _)| other == id);
        let rounds = given.map(|at| (model.round - model.given[at].1).min(2));
        let told = (model.told.contains_key(id), model.absent.contains(id));
        (grant, told, place, creates, checks, flags, given, rounds)
    };
    let in_order = |ids: &VecDeque<Id>| ids.iter().map(waiter).collect::<Vec<_>>();
    let mut others: Vec<_> = (trial.waiters.iter())
        .map(|waiter| waiter.id)
        .filter(|id| !model.queue.contains(id) && !model.to_tell.contains(id))
        .map(|id| waiter(&id))
        .collect();
    others.sort_unstable();
    let sorted = |things: &[Thing]| {
        let mut things: Vec<_> = things.iter().map(thing).collect();
        things.sort_unstable();
        things
    };
    let mut left_creates: Vec<_> = (trial.creating.iter())
        .filter(|creating| creating.asker.is_none())
        .map(|creating| stale(creating.generation))
        .collect();
    left_creates.sort_unstable();
    let mut left_checks: Vec<_> = (trial.flying.iter())
        .filter(|flying| flying.asker.is_none())
        .map(|flying| thing(&flying.thing))
        .collect();
    left_checks.sort_unstable();
    let mut hasher = DefaultHasher::new();
    model.fronts.hash(&mut hasher);
    (in_order(&model.queue), in_order(&model.to_tell), others).hash(&mut hasher);
    model.idle.iter().map(thing).collect::<Vec<_>>().hash(&mut hasher);
    (sorted(&trial.lent), sorted(&trial.checking), sorted(&trial.resetting)).hash(&mut hasher);
    (left_creates, left_checks, trial.closing, trial.announcing, trial.filling).hash(&mut hasher);
    trial.sweeping.hash(&mut hasher);
    (model.settings.max_size, model.closed, model.suspended).hash(&mut hasher);
    (model.outage.is_some(), &model.verdict).hash(&mut hasher);
    hasher.finish()
}

/// The transitions as the module doc of `state.rs` lists them: the name, and each "from → to".
fn table() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    let rows = include_str!("../../state.rs").lines().filter_map(|line| {
        let row = line.strip_prefix("//! | [`")?;
        let (name, rest) = row.split_once('`')?;
        let moves = rest.split(" | ").nth(1)?;
        Some((name, moves))
    });
    rows.map(|(name, moves)| {
        let moves = moves.split("; ").flat_map(|one| {
            let (from, to) = one.split_once(" → ").unwrap_or((one, one));
            to.split(", ").flat_map(|to| to.split(" or ")).map(move |to| (from.trim(), to.trim()))
        });
        (name, moves.collect())
    })
    .collect()
}

/// Whether a transition that changed so many slots may have moved one so.
fn is_move([idle, lent, permit, closing]: [i8; 4], from: &str, to: &str) -> bool {
    let change = |kind: &str| match kind {
        "idle" => idle,
        "lent" => lent,
        "permit" => permit,
        "closing" => closing,
        "–" => 0,
        other => panic!("the table knows no {other}"),
    };
    if from == to {
        return change(from) == 0;
    }
    (from == "–" || change(from) < 0) && (to == "–" || change(to) > 0)
}

#[test]
fn every_state_of_a_small_pool_agrees_with_the_naive_model() {
    // Each walk resizes, so that all of them come to pools of every size in their scope.
    let plain = settings(1);
    let minimum = Settings { min_size: 1, ..plain };
    let lifetime = Some(Duration::from_millis(1));
    let get_timeout = Some(Duration::ZERO);
    let mortal = Settings { max_lifetime: lifetime, get_timeout, ..minimum };
    let mut walks = vec![("a lifetime, a minimum, no time left", mortal, Order::Fifo)];
    let scope = scope();
    if scope.gets > 1 {
        let unchecked = Settings { recycle_policy: RecyclePolicy::Never, ..plain };
        let impatient = Settings { create_timeout: Some(Duration::ZERO), ..plain };
        let idle = Settings { min_idle: 1, ..minimum };
        let few = Settings { max_creating: 1, max_waiting: Some(1), ..plain };
        walks.extend([
            ("plain", plain, Order::Fifo),
            ("unchecked, lifo", unchecked, Order::Lifo),
            ("every outage is long", impatient, Order::Fifo),
            ("an idle minimum", idle, Order::Fifo),
            ("few creates, few waiters", few, Order::Fifo),
        ]);
    }
    let seen = std::thread::scope(|threads| {
        let walk = |(at, (name, settings, order))| {
            // What takes two resources is in the first walk, with one get at a time.
            let scope = if at == 0 { FIRST } else { scope };
            threads.spawn(move || walk(name, settings, order, scope))
        };
        let walks: Vec<_> = walks.into_iter().enumerate().map(walk).collect();
        walks
            .into_iter()
            .map(|walk| walk.join().expect("no assertion fails"))
            .reduce(Seen::and)
            .expect("there are walks")
    });
    let Seen { states, transitions, made } = seen;
    println!("{states} states, {transitions} transitions in all, with {scope:?}");
    for (name, moves) in table() {
        let made = made.get(name);
        for (from, to) in moves {
            let reached = made.is_some_and(|made| made.iter().any(|&made| is_move(made, from, to)));
            assert!(reached, "`{name}` never moved a slot from {from} to {to}: {made:?}");
        }
    }
}

/// How much there is in the first walk: it reaches every transition.
const FIRST: Scope = Scope { size: 2, gets: 1 };

/// `POOL_SCOPE=2` has two gets at a pool of one in five more walks, and `POOL_SCOPE=3` three gets at a
/// pool of two, which takes tens of gigabytes.
fn scope() -> Scope {
    match std::env::var("POOL_SCOPE").as_deref() {
        Ok("2") => Scope { size: 1, gets: 2 },
        Ok("3") => Scope { size: 2, gets: 3 },
        _ => FIRST,
    }
}
