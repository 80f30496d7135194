//! A pool's metrics, for the recorders of the `metrics` crate.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram,
    gauge, histogram,
};
use pool_core::{DiscardReason, Event, GetOutcome, Observer, Outcome};

use crate::labels::{self, POOL_NAME};
use crate::{Pool, Pooled};

/// Measures what happens in a pool, for the recorders of the [`metrics`] crate.
///
/// As an [`Observer`], notified of each event, it counts, and times what takes time:
///
/// | metric | kind | |
/// |---|---|---|
/// | `db.client.connection.wait_time` | histogram, s | how long gets that were served have waited, those served at once included |
/// | `db.client.connection.create_time` | histogram, s | how long creates that succeeded took |
/// | `db.client.connection.use_time` | histogram, s | how long resources were in use (checked out) |
/// | `db.client.connection.timeouts` | counter | gets that timed out |
/// | `pool.gets` | counter | gets that ended, by `outcome`: [`GetOutcome`] |
/// | `pool.try_gets` | counter | `try_get`s, by `outcome`: `served`, `refused` |
/// | `pool.creates` | counter | creates that ended, by `outcome`: [`Outcome`] |
/// | `pool.recycles` | counter | health checks that ended, by `outcome` |
/// | `pool.resets` | counter | resets that ended, by `outcome` |
/// | `pool.discards` | counter | resources evicted, discarded or closed, by `reason`: [`DiscardReason`] |
///
/// How the pool stands is not counted. It is read from [`Pool::status`](pool_core::Pool::status) when it is
/// [reported](Self::report), so that it can't drift:
///
/// | metric | kind | |
/// |---|---|---|
/// | `db.client.connection.count` | gauge | by `db.client.connection.state`: `idle`, `used` |
/// | `db.client.connection.max` | gauge | `max_size` |
/// | `db.client.connection.idle.min` | gauge | `min_idle` |
/// | `db.client.connection.pending_requests` | gauge | gets that have begun and not ended |
/// | `pool.creating` | gauge | resources that are being created |
/// | `pool.closing` | gauge | resources that are being reset or closed |
///
/// Each has the pool's name as its label `db.client.connection.pool.name`. Names that start with `db.` are
/// those of OpenTelemetry's [semantic conventions] for connection pools, whatever is pooled; they have no
/// names for the rest. Their `idle.max` is left out, as all resources may be idle. Outcomes and reasons
/// are written like `timed_out`.
///
/// **Install the recorder first.** The handles of all metrics are made once, in [`new`](Self::new), so
/// that no event has to look one up. Handles that are made before a recorder is installed measure
/// nothing.
///
/// [semantic conventions]: https://opentelemetry.io/docs/specs/semconv/database/database-metrics/
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use pool_tokio::{Metrics, Pool};
/// use tokio::net::UdpSocket;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // .. after the recorder was installed
/// let metrics = Metrics::new("orders");
/// let pool = Pool::from_fn(|| UdpSocket::bind("127.0.0.1:0"))
///     .name("orders")
///     .observer(metrics.clone())
///     .build()?;
/// tokio::spawn(metrics.report_every(&pool, Duration::from_secs(5)));
/// # drop(pool.get().await?);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// # }
/// ```
#[derive(Clone)]
pub struct Metrics(Arc<Handles>);

struct Handles {
    name: Arc<str>,
    wait_time: Histogram,
    create_time: Histogram,
    use_time: Histogram,
    timeouts: Counter,
    gets: [Counter; GETS.len()],
    try_gets: [Counter; 2],
    creates: [Counter; OUTCOMES.len()],
    recycles: [Counter; OUTCOMES.len()],
    resets: [Counter; OUTCOMES.len()],
    discards: [Counter; REASONS.len()],
    gauges: Gauges,
}

struct Gauges {
    idle: Gauge,
    used: Gauge,
    max: Gauge,
    idle_min: Gauge,
    pending_requests: Gauge,
    creating: Gauge,
    closing: Gauge,
}

impl Metrics {
    /// Makes an observer for the pool of this name and the recorder that is installed.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        describe();
        let name = name.into();
        let histogram = |metric| histogram!(metric, POOL_NAME => Arc::clone(&name));
        let counter =
            |metric, key, value| counter!(metric, POOL_NAME => Arc::clone(&name), key => value);
        let by_outcome = |metric| {
            OUTCOMES.map(|outcome| counter(metric, "outcome", labels::of_outcome(outcome)))
        };
        Self(Arc::new(Handles {
            wait_time: histogram("db.client.connection.wait_time"),
            create_time: histogram("db.client.connection.create_time"),
            use_time: histogram("db.client.connection.use_time"),
            timeouts: counter!("db.client.connection.timeouts", POOL_NAME => Arc::clone(&name)),
            gets: GETS.map(|outcome| counter("pool.gets", "outcome", labels::of_get(outcome))),
            try_gets: ["served", "refused"].map(|it| counter("pool.try_gets", "outcome", it)),
            creates: by_outcome("pool.creates"),
            recycles: by_outcome("pool.recycles"),
            resets: by_outcome("pool.resets"),
            discards: REASONS
                .map(|reason| counter("pool.discards", "reason", labels::of_reason(reason))),
            gauges: Gauges::new(&name),
            name,
        }))
    }

    /// Sets the gauges to how the pool stands at this moment ([`Pool::status`](pool_core::Pool::status)).
    pub fn report<P: Pooled>(&self, pool: &Pool<P>) {
        let (status, settings) = (pool.status(), pool.settings());
        let gauges = &self.0.gauges;
        gauges.idle.set(number(status.idle));
        gauges.used.set(number(status.in_use));
        gauges.max.set(number(status.max_size));
        gauges.idle_min.set(number(settings.min_idle));
        gauges.pending_requests.set(number(status.waiting));
        gauges.creating.set(number(status.creating));
        gauges.closing.set(number(status.closing));
    }

    /// [Reports](Self::report) at once and then after each `interval`, while the pool has a handle.
    ///
    /// It does not keep the pool open. When the last handle is gone, it sets the gauges to zero and
    /// completes. Spawn it, on a runtime with its timer enabled. An interval of zero counts as a
    /// millisecond.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time; the gauges keep their last values.
    pub fn report_every<P: Pooled>(
        &self,
        pool: &Pool<P>,
        interval: Duration,
    ) -> impl Future<Output = ()> + Send + use<P> {
        let (metrics, pool) = (self.clone(), pool.downgrade());
        let interval = interval.max(Duration::from_millis(1));
        async move {
            while let Some(pool) = pool.upgrade() {
                metrics.report(&pool);
                drop(pool);
                tokio::time::sleep(interval).await;
            }
            metrics.0.gauges.clear();
        }
    }
}

impl Observer for Metrics {
    fn observe(&self, event: &Event) {
        let handles = &*self.0;
        match *event {
            Event::Get { outcome, waited } => {
                count(&handles.gets, &GETS, outcome);
                match outcome {
                    GetOutcome::Served => handles.wait_time.record(waited),
                    GetOutcome::TimedOut => handles.timeouts.increment(1),
                    _ => {}
                }
            }
            Event::TryGet { served } => handles.try_gets[usize::from(!served)].increment(1),
            Event::Create { outcome, took } => {
                count(&handles.creates, &OUTCOMES, outcome);
                if outcome == Outcome::Succeeded {
                    handles.create_time.record(took);
                }
            }
            Event::Recycle { outcome, .. } => count(&handles.recycles, &OUTCOMES, outcome),
            Event::Reset { outcome, .. } => count(&handles.resets, &OUTCOMES, outcome),
            Event::Return { held } => handles.use_time.record(held),
            Event::Discard { reason } => count(&handles.discards, &REASONS, reason),
            _ => {}
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Metrics").field(&self.0.name).finish()
    }
}

impl Gauges {
    fn new(name: &Arc<str>) -> Self {
        let gauge = |metric| gauge!(metric, POOL_NAME => Arc::clone(name));
        let count = |state: &'static str| gauge!("db.client.connection.count", POOL_NAME => Arc::clone(name), STATE => state);
        Self {
            idle: count("idle"),
            used: count("used"),
            max: gauge("db.client.connection.max"),
            idle_min: gauge("db.client.connection.idle.min"),
            pending_requests: gauge("db.client.connection.pending_requests"),
            creating: gauge("pool.creating"),
            closing: gauge("pool.closing"),
        }
    }

    fn clear(&self) {
        let Self { idle, used, max, idle_min, pending_requests, creating, closing } = self;
        for gauge in [idle, used, max, idle_min, pending_requests, creating, closing] {
            gauge.set(0.0);
        }
    }
}

/// Describes all metrics to the recorder, with their units.
fn describe() {
    for (metric, text) in HISTOGRAMS {
        describe_histogram!(metric, Unit::Seconds, text);
    }
    for (metric, text) in COUNTERS {
        describe_counter!(metric, Unit::Count, text);
    }
    for (metric, text) in GAUGES {
        describe_gauge!(metric, Unit::Count, text);
    }
}

/// Counts by kind. A kind that only a later version of the core knows is not counted.
fn count<K: Copy + PartialEq>(counters: &[Counter], kinds: &[K], kind: K) {
    if let Some(place) = kinds.iter().position(|it| *it == kind) {
        counters[place].increment(1);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
fn number(count: usize) -> f64 {
    count as f64
}

const STATE: &str = "db.client.connection.state";

const GETS: [GetOutcome; 4] =
    [GetOutcome::Served, GetOutcome::TimedOut, GetOutcome::Cancelled, GetOutcome::Failed];

const OUTCOMES: [Outcome; 5] =
    [Outcome::Succeeded, Outcome::Failed, Outcome::TimedOut, Outcome::Panicked, Outcome::CutShort];

const REASONS: [DiscardReason; 11] = [
    DiscardReason::Unfit,
    DiscardReason::NotReusable,
    DiscardReason::NotReset,
    DiscardReason::CutShort,
    DiscardReason::Discarded,
    DiscardReason::HolderPanicked,
    DiscardReason::Expired,
    DiscardReason::Idle,
    DiscardReason::Surplus,
    DiscardReason::Invalidated,
    DiscardReason::PoolClosed,
];

const HISTOGRAMS: [(&str, &str); 3] = [
    ("db.client.connection.wait_time", "how long gets that were served have waited"),
    ("db.client.connection.create_time", "how long creates that succeeded took"),
    ("db.client.connection.use_time", "how long resources were in use"),
];

const COUNTERS: [(&str, &str); 7] = [
    ("db.client.connection.timeouts", "gets that timed out"),
    ("pool.gets", "gets that ended, by outcome"),
    ("pool.try_gets", "gets that do not wait, by outcome"),
    ("pool.creates", "creates that ended, by outcome"),
    ("pool.recycles", "health checks that ended, by outcome"),
    ("pool.resets", "resets that ended, by outcome"),
    ("pool.discards", "resources evicted, discarded or closed, by reason"),
];

const GAUGES: [(&str, &str); 6] = [
    ("db.client.connection.count", "resources that are idle or used"),
    ("db.client.connection.max", "resources at most"),
    ("db.client.connection.idle.min", "idle resources that are kept ready"),
    ("db.client.connection.pending_requests", "gets that have begun and not ended"),
    ("pool.creating", "resources that are being created"),
    ("pool.closing", "resources that are being reset or closed"),
];
