//! Looks at the pool a few times a second, and tells the page what it sees.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pool_tokio::{Counters, Pool, Status};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::backend::Backend;
use crate::connection::Connection;
use crate::journal::{Journal, Waits};
use crate::load::Plan;
use crate::snapshot::{Holding, Load, Sample, Snapshot};
use crate::verdict::Evidence;

/// What there is to look at.
#[derive(Debug)]
pub(crate) struct Sampler {
    pool: Pool<Connection>,
    backend: Backend,
    journal: Journal,
    plan: watch::Receiver<Plan>,
    begun: Instant,
    /// What the pool had counted at the last looks, oldest first; never empty.
    looks: VecDeque<(Instant, Counters)>,
    history: VecDeque<Sample>,
}

impl Sampler {
    pub(crate) fn new(
        pool: Pool<Connection>,
        backend: Backend,
        journal: Journal,
        plan: watch::Receiver<Plan>,
    ) -> Self {
        let begun = Instant::now();
        let looks = VecDeque::from([(begun, pool.counters())]);
        Self { pool, backend, journal, plan, begun, looks, history: VecDeque::new() }
    }

    /// Looks again and again, until nobody wants to know or it is dropped.
    pub(crate) async fn run(mut self, told: watch::Sender<Arc<Snapshot>>) {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while !told.is_closed() {
            ticks.tick().await;
            told.send_replace(Arc::new(self.look()));
        }
    }

    /// Looks once.
    pub(crate) fn look(&mut self) -> Snapshot {
        let (status, counters) = (self.pool.status(), self.pool.counters());
        let holders: Vec<_> = self.pool.holders().into_iter().map(Holding::from).collect();
        let waits = self.journal.waits();
        self.looks.push_back((Instant::now(), counters));
        if self.looks.len() > LOOKS {
            self.looks.pop_front();
        }
        let sample = self.sample(status, &waits);
        self.history.push_back(sample);
        if self.history.len() > HISTORY {
            self.history.pop_front();
        }
        let (_, before) = self.looks[0];
        let errors = self.journal.errors();
        let findings = Evidence {
            status,
            before,
            now: counters,
            waits: &waits,
            holders: &holders,
            errors: &errors,
        }
        .findings();
        let Plan { tasks, hold } = *self.plan.borrow();
        Snapshot {
            name: self.pool.name().unwrap_or_default().to_owned(),
            findings,
            sample,
            pool: status.into(),
            counters: counters.into(),
            waits,
            discards: self.journal.discards(),
            holders,
            errors,
            creates: self.backend.creates(),
            load: Load { tasks, hold_ms: hold.as_millis() },
            history: self.history.iter().copied().collect(),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "no rate is read to 15 digits")]
    fn sample(&self, status: Status, waits: &Waits) -> Sample {
        let (now, after) = self.looks[self.looks.len() - 1];
        let (then, before) = self.looks[self.looks.len().saturating_sub(1 + LOOKS_PER_SECOND)];
        let seconds = (now - then).max(PERIOD).as_secs_f64();
        let rate = |count: fn(&Counters) -> u64| (count(&after) - count(&before)) as f64 / seconds;
        Sample {
            at_ms: u64::try_from((now - self.begun).as_millis()).unwrap_or(u64::MAX),
            max_size: status.max_size,
            in_use: status.in_use,
            idle: status.idle,
            creating: status.creating,
            closing: status.closing,
            waiting: status.waiting,
            served: rate(|counters| counters.served),
            failed: rate(|counters| counters.failed + counters.timed_out),
            created: rate(|counters| counters.created),
            create_failed: rate(|counters| counters.create_failed),
            ended: rate(|counters| counters.ended),
            p50: waits.p50,
            p99: waits.p99,
            max: waits.max,
        }
    }
}

/// Between two looks.
const PERIOD: Duration = Duration::from_millis(250);
/// Rates are those of the last second,
const LOOKS_PER_SECOND: usize = 4;
/// and findings those of the last three.
const LOOKS: usize = 3 * LOOKS_PER_SECOND + 1;
/// A minute and the look that begins it.
const HISTORY: usize = 60 * LOOKS_PER_SECOND + 1;
