//! Laws C1 to C3, G1 and G2: every future of the pool's, dropped or kept unpolled after every number
//! of polls, in every state of the pool, beside others that wait. Nothing is lost, and nobody is late.

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use pool_core::testing::{Backend, CleanupProbe, Plan, Probe};
use pool_tests::{OnTokio, poll_once};
use pool_tokio::{Item, Pool};
use tokio::task::JoinHandle;
use tokio::time::{Instant, advance};

use scene::{
    Counted, Log, PATIENCE, SCENES, Scene, Stage, TURNS, assert_capacity, assert_whole, neighbour,
    others_run, others_run_for,
};

mod scene;

/// A future that is going to be dropped, or kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Get,
    GetWithinAnHour,
    Fill,
    Settled,
    Closed,
    Close,
    CloseWithinAnHour,
    Run,
}

/// What happens while it is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// Nothing.
    Still,
    /// Time goes by.
    Slow,
    /// Something is freed after half of the polls.
    FreedHalfway,
    /// Something is freed after the last poll: what it is granted, it never sees.
    FreedUnseen,
    /// The pool grows after half of the polls.
    GrownHalfway,
    /// The pool shrinks to nothing after half of the polls.
    ShrunkHalfway,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Dropped,
    /// It is never polled again, and dropped when all others have been served.
    Kept,
}

/// Who else waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Crowd {
    Nobody,
    Behind,
    BeforeAndBehind,
}

const PACES: [Pace; 6] = [
    Pace::FreedUnseen,
    Pace::Slow,
    Pace::Still,
    Pace::FreedHalfway,
    Pace::GrownHalfway,
    Pace::ShrunkHalfway,
];

const CROWDS: [Crowd; 3] = [Crowd::BeforeAndBehind, Crowd::Behind, Crowd::Nobody];

#[derive(Clone, Copy, Debug)]
struct Case {
    scene: Scene,
    victim: Victim,
    fate: Fate,
    pace: Pace,
    crowd: Crowd,
    polls: usize,
}

const HOUR: Duration = Duration::from_secs(3600);

type Doomed = Pin<Box<dyn Future<Output = ()>>>;

impl Victim {
    /// Makes the future; `None` if there is nothing to make it of.
    fn make<P: Counted>(self, stage: &mut Stage<P>) -> Option<Doomed> {
        let pool = stage.pool.clone();
        Some(match self {
            Self::Get => Box::pin(async move { drop(pool.get().await) }),
            Self::GetWithinAnHour => Box::pin(async move { drop(pool.get_timeout(HOUR).await) }),
            Self::Fill => {
                if pool.settings().min_size == 0 {
                    let more = pool.reconfigure(|settings| settings.min_size = settings.max_size);
                    more.expect("settings agree");
                }
                let fill = pool.fill();
                Box::pin(async move { drop(fill.await) })
            }
            Self::Settled => Box::pin(pool.settled()),
            Self::Closed => Box::pin(pool.closed()),
            Self::Close => Box::pin(pool.close()),
            Self::CloseWithinAnHour => {
                let closing = pool.close_within(HOUR);
                Box::pin(async move { closing.await.unwrap_or(()) })
            }
            Self::Run => {
                let mut item = stage.held.pop()?;
                Box::pin(async move { Item::run(&mut item, async |_| turns(20).await).await })
            }
        })
    }
}

/// Ends after so many polls.
async fn turns(mut left: usize) {
    std::future::poll_fn(|_| {
        left = left.saturating_sub(1);
        if left == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// The others who wait, and in which order they came to an end.
#[derive(Default)]
struct Neighbours {
    tasks: Vec<JoinHandle<()>>,
    log: Log,
}

impl Neighbours {
    async fn queue<P: Counted>(&mut self, pool: &Pool<P>, name: &'static str) {
        self.tasks.push(neighbour(pool, name, &self.log).await);
    }

    fn are_served(&self) -> bool {
        self.tasks.iter().all(JoinHandle::is_finished)
    }

    fn are_in_order(&self) -> bool {
        self.log.lock().is_sorted_by(|_, later| *later == "behind")
    }
}

/// Polls a future, drops or keeps it, and looks at what that did. Says whether it got as far; `None`
/// if there is no such case.
async fn poll_then_leave<P: Counted>(case: Case) -> Option<bool> {
    let Case { scene, victim, fate, pace, crowd, .. } = case;
    let name = format!("{case:?} of {}", std::any::type_name::<P>());
    let mut stage = scene.set::<P>(victim == Victim::Fill).await;
    let mut neighbours = Neighbours::default();
    if crowd == Crowd::BeforeAndBehind {
        neighbours.queue(&stage.pool, "before").await;
    }
    let mut doomed = victim.make(&mut stage)?;
    let (max_size, comes_back) = (stage.pool.status().max_size, !stage.held.is_empty());
    let lives = case.poll(&mut doomed, &mut stage, &mut neighbours).await;
    let left = Instant::now();
    if pace == Pace::FreedUnseen {
        scene.free_something(&mut stage);
    }
    let kept = (fate == Fate::Kept).then_some(doomed);
    others_run(TURNS).await;
    assert!(left.elapsed().is_zero(), "{name}: somebody waited for a timer");
    let patience = if kept.is_some() { PATIENCE } else { Duration::ZERO };
    if !neighbours.are_served() {
        others_run_for(patience).await;
    }
    if stage.pool.is_closed() || pace == Pace::FreedUnseen && scene.serves_all(comes_back) {
        assert!(
            neighbours.are_served(),
            "{name}: stranded beside what was freed: {:?}",
            stage.pool
        );
    }

    stage.pool.resize(max_size.max(stage.pool.status().max_size));
    stage.heal();
    others_run(TURNS).await;
    let (until_served, until_whole) = scene.delays(comes_back);
    if !neighbours.are_served() {
        others_run_for(until_served + patience).await;
    }
    assert!(neighbours.are_served(), "{name}: a neighbour is stranded: {:?}", stage.pool);
    // Where the creates of both have come to nothing meanwhile, each begins another, and the first who
    // does is polled first; what it creates goes to the oldest.
    let begin_anew = fate == Fate::Kept && pace == Pace::ShrunkHalfway;
    assert!(neighbours.are_in_order() || begin_anew, "{name}: {:?}", neighbours.log.lock());
    for task in neighbours.tasks {
        task.await.expect("no panic");
    }
    if kept.is_some() {
        assert_capacity(&stage, until_whole, patience, &name).await;
    }
    drop(kept);
    assert_whole(&stage, until_whole, &name).await;
    let (most, bound) = (stage.backend.most_alive(), 2.max(stage.pool.status().max_size));
    assert!(most <= bound, "{name}: {most} alive of {bound}");
    Some(lives)
}

impl Case {
    /// Polls as often as the case says, unless the future ends before. Says whether it has not.
    async fn poll<P: Counted>(
        self,
        doomed: &mut Doomed,
        stage: &mut Stage<P>,
        neighbours: &mut Neighbours,
    ) -> bool {
        let Self { scene, pace, crowd, polls, .. } = self;
        for polled in 1..=polls {
            let lives = poll_once(doomed.as_mut()).is_pending();
            if polled == 1 && crowd != Crowd::Nobody {
                neighbours.queue(&stage.pool, "behind").await;
            }
            match pace {
                Pace::Slow => advance(Duration::from_micros(700)).await,
                Pace::FreedHalfway if polled == polls / 2 => scene.free_something(stage),
                Pace::GrownHalfway if polled == polls / 2 => stage.pool.resize(3),
                Pace::ShrunkHalfway if polled == polls / 2 => stage.pool.resize(0),
                _ => {}
            }
            if !lives {
                return false;
            }
            if polled < polls {
                others_run(2).await;
            }
        }
        true
    }
}

/// All cases of one victim for resources of one kind; says how many they were. Those of others
/// than the get that is dropped are fewer unless `POOL_SWEEP` is set.
async fn sweep<P: Counted>(victim: Victim, fate: Fate) -> usize {
    let mut swept = 0;
    let (paces, crowds) = match (victim, fate) {
        _ if std::env::var_os("POOL_SWEEP").is_some() => (6, 3),
        (Victim::Get, Fate::Dropped) => (6, 2),
        (Victim::Get, Fate::Kept) => (4, 2),
        (Victim::Fill, Fate::Dropped) => (4, 3),
        (Victim::Run, _) => (4, 1),
        (Victim::Close | Victim::CloseWithinAnHour, Fate::Dropped) => (3, 1),
        _ => (2, 1),
    };
    for scene in SCENES {
        for &pace in &PACES[..paces] {
            for &crowd in &CROWDS[..crowds] {
                for polls in 0..=40 {
                    let case = Case { scene, victim, fate, pace, crowd, polls };
                    let Some(lived) = poll_then_leave::<P>(case).await else { break };
                    swept += 1;
                    // It had ended by itself: more polls are the same case.
                    if !lived {
                        break;
                    }
                }
            }
        }
    }
    swept
}

/// Sweeps for resources whose reset and close are real ones, and for others.
async fn sweep_both(victim: Victim, fate: Fate, at_least: usize) {
    let swept = sweep::<Probe>(victim, fate).await + sweep::<CleanupProbe>(victim, fate).await;
    println!("{victim:?}, {fate:?}: {swept} cases");
    assert!(swept >= at_least, "only {swept} cases");
}

#[tokio::test(start_paused = true)]
async fn a_get_dropped_after_any_poll_in_any_state_costs_nobody_anything() {
    sweep_both(Victim::Get, Fate::Dropped, 8000).await;
}

#[tokio::test(start_paused = true)]
async fn a_timed_get_dropped_after_any_poll_in_any_state_costs_nobody_anything() {
    sweep_both(Victim::GetWithinAnHour, Fate::Dropped, 1200).await;
}

#[tokio::test(start_paused = true)]
async fn a_fill_dropped_after_any_poll_in_any_state_costs_nobody_anything() {
    sweep_both(Victim::Fill, Fate::Dropped, 5000).await;
}

#[tokio::test(start_paused = true)]
async fn settled_dropped_after_any_poll_in_any_state_costs_nobody_anything() {
    sweep_both(Victim::Settled, Fate::Dropped, 200).await;
}

#[tokio::test(start_paused = true)]
async fn closed_dropped_after_any_poll_in_any_state_costs_nobody_anything() {
    sweep_both(Victim::Closed, Fate::Dropped, 2000).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_dropped_after_any_poll_in_any_state_closes_all_the_same() {
    sweep_both(Victim::Close, Fate::Dropped, 1400).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_within_dropped_after_any_poll_in_any_state_closes_all_the_same() {
    sweep_both(Victim::CloseWithinAnHour, Fate::Dropped, 1400).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_dropped_after_any_poll_in_any_state_costs_its_resource_alone() {
    sweep_both(Victim::Run, Fate::Dropped, 700).await;
}

#[tokio::test(start_paused = true)]
async fn a_get_kept_after_any_poll_in_any_state_costs_nobody_anything() {
    sweep_both(Victim::Get, Fate::Kept, 5000).await;
}

#[tokio::test(start_paused = true)]
async fn a_timed_get_kept_after_any_poll_in_any_state_costs_nobody_anything() {
    sweep_both(Victim::GetWithinAnHour, Fate::Kept, 1200).await;
}

#[tokio::test(start_paused = true)]
async fn a_fill_kept_after_any_poll_in_any_state_costs_nobody_anything() {
    sweep_both(Victim::Fill, Fate::Kept, 800).await;
}

#[tokio::test(start_paused = true)]
async fn who_watches_the_pool_and_is_kept_costs_nobody_anything() {
    sweep_both(Victim::Settled, Fate::Kept, 200).await;
    sweep_both(Victim::Closed, Fate::Kept, 2000).await;
    sweep_both(Victim::Close, Fate::Kept, 800).await;
}

/// A pool that nobody has yet, with all its creates, leaves nothing behind.
#[tokio::test(start_paused = true)]
async fn a_build_dropped_after_any_poll_leaves_nothing_behind() {
    const SHORT: Duration = Duration::from_millis(5);
    let plans = [Plan::Succeed, Plan::Fail, Plan::Gate, Plan::FailAtGate, Plan::Hang];
    let plans = plans.into_iter().chain([Plan::After(SHORT), Plan::FailAfter(SHORT)]);
    let mut swept = 0;
    for plan in plans {
        for (polls, max_creating) in (0..=40).flat_map(|polls| [(polls, 1), (polls, 3)]) {
            let backend = Backend::on_tokio();
            backend.creates(plan);
            let builder = Pool::<CleanupProbe>::builder(backend.clone()).min_size(3);
            let mut building = Box::pin(builder.max_creating(max_creating).build_filled());
            for poll in 0..polls {
                if poll_once(building.as_mut()).is_ready() {
                    break;
                }
                if poll % 8 == 7 {
                    backend.open(1);
                }
                advance(Duration::from_micros(700)).await;
            }
            drop(building);
            backend.open(3);
            others_run(TURNS).await;
            let alive = backend.alive();
            let case = format!("{plan:?}, {polls} polls, {max_creating} at a time: {alive} alive");
            let waits_for_time = matches!(plan, Plan::Hang | Plan::After(_) | Plan::FailAfter(_));
            assert!(waits_for_time || alive == 0, "{case}");
            tokio::time::sleep(Duration::from_millis(10_001)).await;
            assert_eq!(backend.alive(), 0, "{case}, and after their timeout");
            assert!(backend.most_alive() <= 3);
            swept += 1;
        }
    }
    println!("Build: {swept} cases");
    assert_eq!(swept, 7 * 41 * 2);
}
