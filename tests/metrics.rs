//! What `Metrics` measures, with a recorder that writes it down.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use metrics::Unit;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use pool_core::testing::{Backend, CleanupProbe, Plan, Probe};
use pool_tests::{OnTokio, let_others_run, poll_once};
use pool_tokio::{Builder, Item, Metrics, Pool, Tokio};
use tokio::time::{advance, sleep};

/// A recorder of the test's own.
struct Recorder {
    recorder: DebuggingRecorder,
    snapshotter: Snapshotter,
}

/// What a metric's value has become since the last time; of a histogram, its samples.
type Samples = BTreeMap<String, Vec<f64>>;

impl Recorder {
    fn new() -> Self {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        Self { recorder, snapshotter }
    }

    fn metrics(&self, name: &'static str) -> Metrics {
        metrics::with_local_recorder(&self.recorder, || Metrics::new(name))
    }

    /// A pool of one that is measured as `orders`.
    fn pool(&self, backend: &Backend) -> Builder<Probe, Tokio> {
        backend.pool().max_size(1).observer(self.metrics("orders"))
    }

    /// All that is not zero or empty, by the metric's name and its labels but the pool's.
    fn take(&self) -> Samples {
        let mut samples = Samples::new();
        for (key, _, _, value) in self.snapshotter.snapshot().into_vec() {
            let mut name = key.key().name().to_owned();
            for label in key.key().labels().filter(|label| label.key() != POOL_NAME) {
                name = format!("{name} {}", label.value());
            }
            let values = match value {
                DebugValue::Counter(count) => {
                    vec![f64::from(u32::try_from(count).expect("not many"))]
                }
                DebugValue::Gauge(value) => vec![value.into_inner()],
                DebugValue::Histogram(values) => values.into_iter().map(Into::into).collect(),
            };
            if values.iter().any(|value| *value != 0.0) || name.ends_with("_time") {
                samples.insert(name, values);
            }
        }
        samples.retain(|_, values| !values.is_empty());
        samples
    }

    #[track_caller]
    fn assert_next(&self, expected: &[(&str, &[f64])]) {
        let expected = expected.iter().map(|(name, values)| ((*name).to_owned(), values.to_vec()));
        assert_eq!(self.take(), expected.collect());
    }
}

const POOL_NAME: &str = "db.client.connection.pool.name";
const WAIT: &str = "db.client.connection.wait_time";
const CREATE: &str = "db.client.connection.create_time";
const USE: &str = "db.client.connection.use_time";
const TIMEOUTS: &str = "db.client.connection.timeouts";

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[tokio::test(start_paused = true)]
async fn gets_are_counted_by_outcome_and_the_waits_of_those_served_are_timed() {
    let (recorder, backend) = (Recorder::new(), Backend::on_tokio());
    let pool = recorder.pool(&backend).build().expect("settings agree");
    let mut held = pool.get().await.expect("made");
    recorder.assert_next(&[
        ("pool.gets served", &[1.0]),
        (WAIT, &[0.0]),
        ("pool.creates succeeded", &[1.0]),
        (CREATE, &[0.0]),
    ]);
    assert!(pool.get_timeout(ms(5)).await.is_err());
    recorder.assert_next(&[("pool.gets timed_out", &[1.0]), (TIMEOUTS, &[1.0])]);
    for waited in [250, 1500] {
        let mut get = Box::pin(pool.get());
        assert!(poll_once(get.as_mut()).is_pending());
        advance(ms(waited)).await;
        drop(held);
        held = get.await.expect("handed over");
    }
    recorder.assert_next(&[
        ("pool.gets served", &[2.0]),
        (WAIT, &[0.25, 1.5]),
        (USE, &[0.255, 1.5]),
        ("pool.recycles succeeded", &[2.0]),
    ]);
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    drop(get);
    recorder.assert_next(&[("pool.gets cancelled", &[1.0])]);
    Item::discard(held);
    backend.creates(Plan::Fail);
    assert!(pool.get().await.is_err());
    recorder.assert_next(&[
        (USE, &[0.0]),
        ("pool.discards discarded", &[1.0]),
        ("pool.creates failed", &[1.0]),
        ("pool.gets failed", &[1.0]),
    ]);
    assert!(pool.try_get().is_err());
    assert!(pool.insert(Probe::new(&backend)).is_ok());
    drop(pool.try_get().expect("inserted"));
    recorder.assert_next(&[
        ("pool.try_gets refused", &[1.0]),
        ("pool.try_gets served", &[1.0]),
        ("pool.recycles succeeded", &[1.0]),
        (USE, &[0.0]),
    ]);
}

#[tokio::test(start_paused = true)]
async fn creates_are_counted_by_outcome_and_those_that_succeeded_are_timed() {
    for (plan, outcome, took) in [
        (Plan::After(ms(40)), "succeeded", Some(0.04)),
        (Plan::FailAfter(ms(40)), "failed", None),
        (Plan::Hang, "timed_out", None),
        (Plan::Panic, "panicked", None),
    ] {
        let (recorder, backend) = (Recorder::new(), Backend::on_tokio());
        let pool = recorder.pool(&backend).create_timeout(ms(90)).build().expect("they agree");
        backend.creates(plan);
        let getting = tokio::spawn({
            let pool = pool.clone();
            async move { drop(pool.get().await) }
        });
        drop(getting.await);
        let samples = recorder.take();
        assert_eq!(samples.get(&format!("pool.creates {outcome}")), Some(&vec![1.0]), "{plan:?}");
        assert_eq!(samples.get(CREATE).map(Vec::as_slice), took.as_ref().map(std::slice::from_ref));
        let creates = samples.keys().filter(|name| name.starts_with("pool.creates"));
        assert_eq!(creates.count(), 1, "{samples:?}");
    }
    // For nobody any more.
    let (recorder, backend) = (Recorder::new(), Backend::on_tokio());
    let pool = recorder.pool(&backend).build().expect("settings agree");
    backend.creates(Plan::Hang);
    drop(poll_once(Box::pin(pool.get()).as_mut()));
    pool.close().await;
    let told = [("pool.gets cancelled", [1.0].as_slice()), ("pool.creates cut_short", &[1.0])];
    recorder.assert_next(&told);
}

#[tokio::test(start_paused = true)]
async fn checks_resets_and_ends_are_counted_by_how_and_why() {
    let (recorder, backend) = (Recorder::new(), Backend::on_tokio());
    let metrics = recorder.metrics("orders");
    let builder = Pool::<CleanupProbe>::builder(backend.clone()).max_size(2).observer(metrics);
    let pool = builder.max_lifetime(ms(60_000)).idle_timeout(ms(5000)).build().expect("they agree");
    let discards = |why: &str| {
        let samples = recorder.take();
        assert_eq!(samples.get(&format!("pool.discards {why}")), Some(&vec![1.0]), "{samples:?}");
        samples
    };
    drop(pool.get().await.expect("made"));
    backend.checks(Plan::Fail);
    let item = pool.get().await.expect("made anew");
    let samples = discards("unfit");
    assert_eq!(samples["pool.recycles failed"], [1.0]);
    assert_eq!(samples["pool.resets succeeded"], [1.0]);

    backend.checks(Plan::Succeed).resets(Plan::Fail);
    drop(item);
    assert_eq!(discards("not_reset")["pool.resets failed"], [1.0]);

    backend.resets(Plan::Succeed).returns(Plan::Fail);
    drop(pool.get().await.expect("made"));
    discards("not_reusable");

    backend.returns(Plan::Succeed);
    let item = pool.get().await.expect("made");
    let unwound = catch_unwind(AssertUnwindSafe(move || {
        let _item = item;
        panic!("the holder fails");
    }));
    assert!(unwound.is_err());
    discards("holder_panicked");

    drop(pool.get().await.expect("made"));
    sleep(ms(6000)).await;
    discards("idle");
    let item = pool.get().await.expect("made");
    advance(ms(61_000)).await;
    let_others_run().await;
    drop(item);
    discards("expired");
    let item = pool.get().await.expect("made");
    pool.resize(0);
    drop(item);
    discards("surplus");
    pool.resize(1);
    let item = pool.get().await.expect("made");
    pool.invalidate_all();
    drop(item);
    discards("invalidated");
    drop(pool.get().await.expect("made"));
    pool.close().await;
    discards("pool_closed");
}

#[tokio::test(start_paused = true)]
async fn a_report_says_how_the_pool_stands() {
    let (recorder, backend) = (Recorder::new(), Backend::on_tokio());
    let metrics = recorder.metrics("orders");
    let pool = backend.pool().max_size(4).min_idle(1).build().expect("settings agree");
    let held = [pool.get().await.expect("made"), pool.get().await.expect("made")];
    let_others_run().await;
    backend.creates(Plan::Hang).checks(Plan::Hang);
    let mut gets = [Box::pin(pool.get()), Box::pin(pool.get()), Box::pin(pool.get())];
    for get in &mut gets {
        assert!(poll_once(get.as_mut()).is_pending());
    }
    let status = pool.status();
    metrics.report(&pool);
    // One is being checked, as the idle one was ready; one is created; one waits.
    assert_eq!((status.idle, status.in_use, status.creating, status.waiting), (0, 3, 1, 3));
    recorder.assert_next(&[
        ("db.client.connection.count used", &[3.0]),
        ("db.client.connection.max", &[4.0]),
        ("db.client.connection.idle.min", &[1.0]),
        ("db.client.connection.pending_requests", &[3.0]),
        ("pool.creating", &[1.0]),
    ]);
    drop((held, gets));
    pool.resize(3);
    metrics.report(&pool);
    let idle = f64::from(u32::try_from(pool.status().idle).expect("few"));
    assert_eq!(recorder.take()["db.client.connection.count idle"], [idle]);
}

#[tokio::test(start_paused = true)]
async fn reports_come_at_once_and_in_intervals_and_end_with_the_pool() {
    let (recorder, backend) = (Recorder::new(), Backend::on_tokio());
    let metrics = recorder.metrics("orders");
    let pool = recorder.pool(&backend).build().expect("settings agree");
    let reports = tokio::spawn(metrics.report_every(&pool, ms(1000)));
    let_others_run().await;
    recorder.assert_next(&[("db.client.connection.max", &[1.0])]);
    let held = pool.get().await.expect("made");
    sleep(ms(990)).await;
    assert!(!recorder.take().contains_key("db.client.connection.count used"), "it is not time");
    sleep(ms(20)).await;
    let used: &[f64] = &[1.0];
    let max = ("db.client.connection.max", used);
    recorder.assert_next(&[max, ("db.client.connection.count used", used)]);
    drop(held);
    sleep(ms(1000)).await;
    metrics.report(&pool);
    assert!(!reports.is_finished(), "the pool is there");
    let weak = pool.downgrade();
    drop(pool);
    assert!(weak.upgrade().is_none(), "the reports hold no handle");
    tokio::time::timeout(ms(1001), reports).await.expect("at its next turn").expect("no panic");
    let left = recorder.take();
    assert!(left.keys().all(|name| name.ends_with("_time") || name.contains("pool.")), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn two_pools_are_told_apart_by_their_names() {
    let (recorder, backend) = (Recorder::new(), Backend::on_tokio());
    let of = |name| backend.pool().observer(recorder.metrics(name)).build().expect("they agree");
    let (orders, invoices) = (of("orders"), of("invoices"));
    drop(orders.get().await.expect("made"));
    for _ in 0..2 {
        drop(invoices.get().await.expect("made"));
    }
    let mut served = BTreeMap::new();
    for (key, _, _, value) in recorder.snapshotter.snapshot().into_vec() {
        let key = key.key();
        let label =
            |name| key.labels().find(|label| label.key() == name).map(metrics::Label::value);
        let pool = label(POOL_NAME).expect("each metric names its pool").to_owned();
        if key.name() == "pool.gets" && label("outcome") == Some("served") {
            served.insert(pool, value);
        }
    }
    let expected = [("invoices", 2), ("orders", 1)];
    let expected = expected.map(|(name, count)| (name.to_owned(), DebugValue::Counter(count)));
    assert_eq!(served, expected.into());
}

#[test]
fn the_docs_list_every_metric_and_each_has_a_description_and_a_unit() {
    let recorder = Recorder::new();
    let _metrics = recorder.metrics("orders");
    let mut measured = BTreeSet::new();
    for (key, unit, description, _) in recorder.snapshotter.snapshot().into_vec() {
        let name = key.key().name().to_owned();
        let expected = if name.ends_with("_time") { Unit::Seconds } else { Unit::Count };
        assert_eq!(unit, Some(expected), "{name}");
        assert!(description.is_some_and(|text| !text.is_empty()), "{name}");
        measured.insert(name);
    }
    let docs = include_str!("../pool-tokio/src/metrics.rs").lines();
    let rows = docs.filter_map(|line| line.strip_prefix("/// | `")?.split('`').next());
    assert_eq!(rows.map(ToOwned::to_owned).collect::<BTreeSet<_>>(), measured);
}

#[tokio::test(start_paused = true)]
async fn without_a_recorder_nothing_is_measured_and_nothing_fails() {
    let metrics = Metrics::new("orders");
    let pool = Backend::on_tokio().pool().observer(metrics.clone()).build().expect("they agree");
    drop(pool.get().await.expect("made"));
    metrics.report(&pool);
    assert_eq!(format!("{metrics:?}"), "Metrics(\"orders\")");
}
