//! Every situation that a kept get can be in, beside everything that is done to a pool.
//!
//! In each, three things are checked: another get is served in time; the kept one, polled again,
//! is before whoever came later; and nothing is lost in the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::time::Duration;

use pool_core::testing::{Plan, Probe};
use pool_tokio::{Backoff, GetError, Item, Pool};
use tokio::time::sleep;

use crate::scene::{
    Kept, NEVER, PATIENCE, Scene, keep_one, ms, on_both_schedulers, poll_as_this_task,
};

on_both_schedulers! {
    another_is_served_beside_a_kept_get_in_every_state
    another_is_served_beside_three_kept_gets_in_every_state
    another_is_served_beside_a_get_that_is_kept_to_its_deadline
}

/// Where a get stands that is kept, in a pool of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Waiting,
    Granted,
    Entrusted,
    Creating,
    CreateHangs,
    CreatePauses,
    Created,
    Checking,
    CheckHangs,
    Checked,
    CheckFailed,
    Told,
    PassedOver,
    Ended,
}

const STANDS: [Stands; 14] = [
    Stands::Waiting,
    Stands::Granted,
    Stands::Entrusted,
    Stands::Creating,
    Stands::CreateHangs,
    Stands::CreatePauses,
    Stands::Created,
    Stands::Checking,
    Stands::CheckHangs,
    Stands::Checked,
    Stands::CheckFailed,
    Stands::Told,
    Stands::PassedOver,
    Stands::Ended,
];

/// What is done to the pool then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Nothing,
    Time,
    Dropped,
    Suspended,
    Shrunk,
    Grown,
    Invalidated,
    Replaced,
    Reconfigured,
    Filled,
    Closed,
}

const DONE: [Done; 11] = [
    Done::Nothing,
    Done::Time,
    Done::Dropped,
    Done::Suspended,
    Done::Shrunk,
    Done::Grown,
    Done::Invalidated,
    Done::Replaced,
    Done::Reconfigured,
    Done::Filled,
    Done::Closed,
];

/// Short ones, so that what hangs is over soon.
const TIMEOUT: u64 = 100;

/// The pause of an outage.
const PAUSE: u64 = 20;

/// A pool of one, and gets of it that are kept.
struct Case {
    scene: Scene,
    pool: Pool<Probe>,
    limit: Option<Duration>,
    kept: Vec<Kept>,
    held: Option<Item<Probe>>,
    stands: Stands,
}

impl Case {
    async fn new(scene: Scene, count: usize, limit: Option<Duration>, stands: Stands) -> Self {
        let pool = scene
            .builder(1)
            .create_timeout(ms(TIMEOUT))
            .recycle_timeout(ms(TIMEOUT))
            .create_backoff(Backoff::new(ms(PAUSE), ms(PAUSE)))
            .build()
            .expect("settings agree");
        let (kept, held) = (Vec::new(), None);
        let mut case = Self { scene, pool, limit, kept, held, stands };
        case.stand(count).await;
        case
    }

    /// Brings the first of so many gets to where it is to stand; the others wait behind it.
    async fn stand(&mut self, count: usize) {
        let stands = self.stands;
        let backend = self.scene.backend.clone();
        match stands {
            Stands::Waiting => {
                self.held = Some(self.pool.get().await.expect("made"));
                self.keep(count).await;
            }
            Stands::Granted | Stands::Entrusted | Stands::PassedOver => {
                let held = self.pool.get().await.expect("made");
                self.keep(count).await;
                match stands {
                    Stands::Entrusted => Item::discard(held),
                    _ => drop(held),
                }
                if stands == Stands::PassedOver {
                    let most = 2 * PATIENCE * count as u64;
                    let other = self.scene.within(0..=most, self.pool.get()).await;
                    drop(other.expect("served"));
                }
            }
            Stands::Creating | Stands::CreateHangs | Stands::Created | Stands::Told => {
                backend.creates(match stands {
                    Stands::Creating => Plan::After(ms(40)),
                    Stands::CreateHangs => Plan::Hang,
                    Stands::Created => Plan::Gate,
                    _ => Plan::FailAtGate,
                });
                self.keep(count).await;
                backend.creates(Plan::Succeed).open(1);
            }
            Stands::CreatePauses | Stands::Ended => {
                backend.creates(Plan::Fail);
                assert!(self.pool.get().await.is_err());
                if stands == Stands::CreatePauses {
                    self.keep(count).await;
                }
                backend.creates(Plan::Succeed);
            }
            Stands::Checking | Stands::CheckHangs | Stands::Checked | Stands::CheckFailed => {
                drop(self.pool.get().await.expect("made"));
                backend.checks(match stands {
                    Stands::Checking => Plan::After(ms(40)),
                    Stands::CheckHangs => Plan::Hang,
                    Stands::Checked => Plan::Gate,
                    _ => Plan::FailAtGate,
                });
                self.keep(count).await;
                backend.checks(Plan::Succeed).open(1);
            }
        }
        self.scene.settle().await;
    }

    async fn keep(&mut self, count: usize) {
        for _ in 0..count {
            self.kept.push(keep_one(&self.pool, self.limit).await);
        }
    }

    /// What is done to the pool, and takes no time.
    async fn act(&mut self, done: Done) {
        let (pool, scene) = (&self.pool, &self.scene);
        match done {
            Done::Nothing => {}
            Done::Time => sleep(ms(70)).await,
            Done::Dropped => self.kept.clear(),
            Done::Suspended => {
                pool.suspend();
                sleep(ms(30)).await;
                pool.resume();
            }
            Done::Shrunk => {
                pool.resize(0);
                sleep(ms(30)).await;
                pool.resize(1);
            }
            Done::Grown => pool.resize(2),
            Done::Invalidated => pool.invalidate_all(),
            Done::Replaced => pool.replace_config(scene.backend.clone()),
            Done::Reconfigured => {
                let change = |settings: &mut pool_tokio::Settings| {
                    settings.max_creating = 1;
                    settings.patience = Some(ms(PATIENCE / 2));
                };
                pool.reconfigure(change).expect("settings agree");
            }
            Done::Filled => {
                let change = |settings: &mut pool_tokio::Settings| settings.min_size = 1;
                pool.reconfigure(change).expect("settings agree");
            }
            Done::Closed => unreachable!("that is another end"),
        }
    }

    /// How long whatever the kept gets began may go on, and how long it is with them.
    fn most(&self) -> u64 {
        let goes_on = match self.stands {
            Stands::Creating | Stands::Checking => 40,
            Stands::CreateHangs | Stands::CheckHangs => TIMEOUT + PAUSE,
            Stands::CreatePauses | Stands::Ended | Stands::Told => PAUSE,
            _ => 0,
        };
        goes_on + 2 * PATIENCE * self.kept.len() as u64
    }

    /// Another is served. It may be told of a create that had hung before, as it waited for that.
    async fn serve_another(&mut self) -> Item<Probe> {
        let pool = self.pool.clone();
        let others = tokio::spawn(async move {
            let mut failed = 0;
            loop {
                match pool.get().await {
                    Ok(item) => return item,
                    Err(GetError::Create(_) | GetError::TimedOut(_)) if failed < 1 => failed += 1,
                    Err(error) => panic!("{error}"),
                }
            }
        });
        self.scene.settle().await;
        drop(self.held.take());
        let item = self.scene.within(0..=self.most(), others).await.expect("no panic");
        assert!(item.number() > 0);
        item
    }

    /// The kept gets are polled again, and end before whoever came later is served.
    async fn poll_again(&mut self, item: Item<Probe>) {
        let (polled, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let count = self.kept.len();
        let mut tasks = Vec::new();
        for mut kept in self.kept.drain(..) {
            let (polled, ended) = (Arc::clone(&polled), Arc::clone(&ended));
            tasks.push(tokio::spawn(async move {
                let first = poll_as_this_task(kept.as_mut()).await;
                polled.fetch_add(1, SeqCst);
                // It was told something, or is lent something.
                let _gotten = match first {
                    Poll::Ready(gotten) => gotten,
                    Poll::Pending => kept.await,
                };
                ended.fetch_add(1, SeqCst);
            }));
        }
        self.scene.until(|| polled.load(SeqCst) == count).await;
        let (later, there) = (self.pool.get_owned(), Arc::clone(&ended));
        let later = tokio::spawn(async move { (later.await.map(drop), there.load(SeqCst)) });
        self.scene.settle().await;
        drop(item);
        for task in tasks {
            self.scene.within(0..=self.most(), task).await.expect("no panic");
        }
        let (served, before) = self.scene.within(0..=PAUSE, later).await.expect("no panic");
        served.expect("served");
        // In a larger pool, one that is given a place meanwhile may create yet.
        if self.pool.status().max_size == 1 {
            assert_eq!(before, count, "it overtook a kept get");
        }
    }

    async fn close(mut self) {
        let closing = self.pool.close();
        drop(self.held.take());
        self.scene.within(0..=0, closing).await;
        for kept in self.kept.drain(..) {
            match self.scene.within(0..=0, kept).await {
                Err(GetError::Closed | GetError::Create(_) | GetError::TimedOut(_)) => {}
                other => panic!("{other:?}"),
            }
        }
        let (status, counters) = (self.pool.status(), self.pool.counters());
        assert_eq!((status.size, status.waiting, self.scene.backend.alive()), (0, 0, 0));
        assert_eq!(counters.created, counters.ended, "{counters:?}");
    }

    async fn play(mut self, done: Done) {
        if done == Done::Closed {
            return self.close().await;
        }
        self.act(done).await;
        let item = self.serve_another().await;
        self.scene.settle().await;
        self.poll_again(item).await;
        self.scene.whole(&self.pool).await;
    }
}

async fn another_is_served_beside_a_kept_get_in_every_state(scene: Scene) {
    play_all(&scene, 1, None).await;
}

async fn another_is_served_beside_three_kept_gets_in_every_state(scene: Scene) {
    play_all(&scene, 3, Some(NEVER)).await;
}

async fn another_is_served_beside_a_get_that_is_kept_to_its_deadline(scene: Scene) {
    play_all(&scene, 1, Some(ms(15))).await;
}

/// Plays all cases side by side: each has a pool and a backend of its own.
async fn play_all(scene: &Scene, count: usize, limit: Option<Duration>) {
    let mut cases = Vec::new();
    for stands in STANDS {
        for done in DONE {
            let scene = scene.another();
            let case = async move { Case::new(scene, count, limit, stands).await.play(done).await };
            cases.push((stands, done, tokio::spawn(case)));
        }
    }
    let mut failed = Vec::new();
    for (stands, done, case) in cases {
        if case.await.is_err() {
            failed.push(format!("{stands:?} {done:?}"));
        }
    }
    assert!(failed.is_empty(), "{} failed: {failed:?}", failed.len());
}
