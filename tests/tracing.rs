//! What `Tracing` tells a subscriber: the tree of spans, what is logged in them, and the levels.

use std::fmt::{Debug, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use pool_core::testing::{Backend, CleanupProbe, Plan, Probe};
use pool_tests::{OnTokio, let_others_run, poll_once};
use pool_tokio::{Item, Pool, RecyclePolicy, Tracing};
use tokio::sync::Semaphore;
use tokio::time::{advance, sleep};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Instrument, Subscriber, info, info_span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Scope};

/// Writes down each event, behind the spans it happened in, and each span when it has closed.
#[derive(Clone, Default)]
struct Notebook(Arc<Mutex<Vec<String>>>);

/// The fields of a span or an event, in order.
#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let name = field.name();
        if name == "message" {
            self.0 = format!("{value:?}{}", self.0);
        } else {
            write!(self.0, " {name}={value:?}").expect("a string takes all");
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Notebook {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        cx.span(id).expect("it is there").extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, cx: Context<'_, S>) {
        let span = cx.span(id).expect("it is there");
        let mut extensions = span.extensions_mut();
        values.record(extensions.get_mut::<Fields>().expect("put there"));
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut line = format!("{} ", event.metadata().level());
        for span in cx.event_scope(event).into_iter().flat_map(Scope::from_root) {
            write!(line, "{} > ", span.name()).expect("a string takes all");
        }
        self.0.lock().push(line + &fields.0.replace(NAME, ""));
    }

    fn on_close(&self, id: Id, cx: Context<'_, S>) {
        let span = cx.span(&id).expect("it is there");
        let extensions = span.extensions();
        let fields = &extensions.get::<Fields>().expect("put there").0;
        let level = span.metadata().level();
        self.0.lock().push(format!("{level} {}:{}", span.name(), fields.replace(NAME, "")));
    }
}

/// The one field that all have.
const NAME: &str = " db.client.connection.pool.name=\"orders\"";

impl Notebook {
    /// On this thread, until the guard is dropped.
    fn open(most: LevelFilter) -> (Self, DefaultGuard) {
        let notebook = Self::default();
        let subscriber = tracing_subscriber::registry().with(most).with(notebook.clone());
        (notebook, tracing::subscriber::set_default(subscriber))
    }

    #[track_caller]
    fn assert_next(&self, expected: &[&str]) {
        assert_eq!(std::mem::take(&mut *self.0.lock()), expected);
    }

    fn lines_with(&self, what: &str) -> Vec<String> {
        std::mem::take(&mut *self.0.lock()).into_iter().filter(|it| it.contains(what)).collect()
    }
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[tokio::test(start_paused = true)]
async fn what_a_create_logs_is_within_the_create_the_get_and_their_caller() {
    let (notebook, _guard) = Notebook::open(LevelFilter::DEBUG);
    let connect = async || {
        info!("connecting");
        sleep(ms(250)).await;
        info!("connected");
        Ok::<_, &'static str>(())
    };
    let pool = Pool::from_fn(connect).observer(Tracing::new("orders")).build().expect("they agree");
    let request = info_span!("request");
    drop(pool.get().instrument(request).await.expect("made"));
    notebook.assert_next(&[
        "INFO request > pool.get > pool.create > connecting",
        "INFO request > pool.get > pool.create > connected",
        "DEBUG request > pool.get > pool.create > create ended pool.outcome=\"succeeded\" \
         pool.seconds=0.25",
        "DEBUG pool.create: pool.outcome=\"succeeded\" pool.seconds=0.25",
        "DEBUG request > pool.get > get ended pool.outcome=\"served\" pool.seconds=0.25",
        "DEBUG pool.get: pool.outcome=\"served\" pool.seconds=0.25",
        "INFO request:",
    ]);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_outlives_its_caller_logs_within_its_own_span() {
    let (notebook, _guard) = Notebook::open(LevelFilter::INFO);
    let gate = Arc::new(Semaphore::new(0));
    let connect = {
        let gate = Arc::clone(&gate);
        move || {
            let gate = Arc::clone(&gate);
            async move {
                gate.acquire().await.expect("never closed").forget();
                info!("connected");
                Ok::<_, &'static str>(())
            }
        }
    };
    // At `INFO` the pool makes no spans, and tells of the worst all the same.
    let pool = Pool::from_fn(connect).observer(Tracing::new("orders")).build().expect("they agree");
    assert!(pool.get_timeout(ms(500)).await.is_err());
    notebook.assert_next(&["WARN get ended pool.outcome=\"timed_out\" pool.seconds=0.5"]);
    gate.add_permits(1);
    let_others_run().await;
    notebook.assert_next(&["INFO connected"]);
    pool.invalidate_all();

    let (notebook, _guard) = Notebook::open(LevelFilter::DEBUG);
    let get = pool.get_timeout(ms(500)).instrument(info_span!("request"));
    assert!(get.await.is_err());
    notebook.assert_next(&[
        "WARN request > pool.get > get ended pool.outcome=\"timed_out\" pool.seconds=0.5",
    ]);
    advance(ms(250)).await;
    gate.add_permits(1);
    let_others_run().await;
    notebook.assert_next(&[
        "INFO request > pool.get > pool.create > connected",
        "DEBUG request > pool.get > pool.create > create ended pool.outcome=\"succeeded\" \
         pool.seconds=0.75",
        // No span closes before those in it, so its own field says how long it took.
        "DEBUG pool.create: pool.outcome=\"succeeded\" pool.seconds=0.75",
        "DEBUG pool.get: pool.outcome=\"timed_out\" pool.seconds=0.5 otel.status_code=\"ERROR\"",
        "INFO request:",
    ]);
}

#[tokio::test(start_paused = true)]
async fn a_get_that_is_served_at_once_is_an_event_and_no_span() {
    let (notebook, _guard) = Notebook::open(LevelFilter::TRACE);
    let backend = Backend::on_tokio();
    let builder = backend.pool().recycle_policy(RecyclePolicy::Never);
    let pool = builder.observer(Tracing::new("orders")).build().expect("settings agree");
    assert!(pool.insert(Probe::new(&backend)).is_ok());
    let item = pool.get().await.expect("idle");
    advance(ms(1500)).await;
    drop(item);
    drop(pool.try_get().expect("idle"));
    notebook.assert_next(&[
        "DEBUG resource inserted",
        "TRACE get ended pool.outcome=\"served\" pool.seconds=0.0",
        "TRACE resource returned pool.seconds=1.5",
        "TRACE try_get answered pool.served=true",
        "TRACE resource returned pool.seconds=0.0",
    ]);
}

#[tokio::test(start_paused = true)]
async fn a_get_that_is_cancelled_or_told_of_a_failure_says_so() {
    let (notebook, _guard) = Notebook::open(LevelFilter::DEBUG);
    let backend = Backend::on_tokio();
    let builder = backend.pool().max_size(1).observer(Tracing::new("orders"));
    let pool = builder.build().expect("settings agree");
    let held = pool.get().await.expect("made");
    notebook.lines_with("");
    let mut get = Box::pin(pool.get());
    assert!(poll_once(get.as_mut()).is_pending());
    drop(get);
    notebook.assert_next(&[
        "DEBUG pool.get > get ended pool.outcome=\"cancelled\" pool.seconds=0.0",
        "DEBUG pool.get: pool.outcome=\"cancelled\" pool.seconds=0.0",
    ]);
    Item::discard(held);
    notebook.assert_next(&["DEBUG resource removed pool.reason=\"discarded\""]);
    backend.creates(Plan::Fail);
    assert!(pool.get().await.is_err());
    notebook.assert_next(&[
        "WARN pool.get > pool.create > create ended pool.outcome=\"failed\" pool.seconds=0.0",
        "DEBUG pool.create: pool.outcome=\"failed\" pool.seconds=0.0 otel.status_code=\"ERROR\"",
        "WARN pool.get > get ended pool.outcome=\"failed\" pool.seconds=0.0",
        "DEBUG pool.get: pool.outcome=\"failed\" pool.seconds=0.0 otel.status_code=\"ERROR\"",
    ]);
}

#[tokio::test(start_paused = true)]
async fn checks_and_resets_have_spans_and_an_end_for_a_fault_is_told_louder() {
    let (notebook, _guard) = Notebook::open(LevelFilter::DEBUG);
    let backend = Backend::on_tokio();
    let builder = Pool::<CleanupProbe>::builder(backend.clone()).observer(Tracing::new("orders"));
    let pool = builder.max_size(1).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    assert_eq!(
        notebook.lines_with("reset"),
        [
            "DEBUG pool.reset > reset ended pool.outcome=\"succeeded\" pool.seconds=0.0",
            "DEBUG pool.reset: pool.outcome=\"succeeded\" pool.seconds=0.0",
        ]
    );
    backend.checks(Plan::Fail);
    let item = pool.get().await.expect("made anew");
    let lines = notebook.lines_with("");
    assert_eq!(
        lines[..3],
        [
            "DEBUG pool.get > pool.recycle > health check ended pool.outcome=\"failed\" pool.seconds=0.0",
            "DEBUG pool.recycle: pool.outcome=\"failed\" pool.seconds=0.0 otel.status_code=\"ERROR\"",
            "INFO pool.get > resource removed pool.reason=\"unfit\"",
        ]
    );
    backend.resets(Plan::Panic);
    drop(item);
    notebook.assert_next(&[
        "WARN pool.reset > reset ended pool.outcome=\"panicked\" pool.seconds=0.0",
        "DEBUG pool.reset: pool.outcome=\"panicked\" pool.seconds=0.0 otel.status_code=\"ERROR\"",
        "INFO resource removed pool.reason=\"not_reset\"",
    ]);
    backend.resets(Plan::Succeed).checks(Plan::Succeed);
    let item = pool.get().await.expect("made");
    let unwound = catch_unwind(AssertUnwindSafe(move || {
        let _item = item;
        panic!("the holder fails");
    }));
    assert!(unwound.is_err());
    let ends = notebook.lines_with("removed");
    assert_eq!(ends, ["INFO resource removed pool.reason=\"holder_panicked\""]);
}

#[tokio::test(start_paused = true)]
async fn the_pools_own_changes_are_told_at_info_and_each_line_names_the_pool() {
    let (notebook, _guard) = Notebook::open(LevelFilter::INFO);
    let pool =
        Backend::on_tokio().pool().observer(Tracing::new("invoices")).build().expect("agree");
    pool.resize(9);
    pool.close().await;
    notebook.assert_next(&[
        "INFO pool resized db.client.connection.pool.name=\"invoices\" pool.max_size.from=4 \
         pool.max_size.to=9",
        "INFO pool closed db.client.connection.pool.name=\"invoices\"",
    ]);
}

#[tokio::test(start_paused = true)]
async fn with_nobody_listening_the_pool_works_as_ever() {
    let backend = Backend::on_tokio();
    backend.creates(Plan::After(ms(5)));
    let pool = backend.pool().observer(Tracing::new("orders")).build().expect("settings agree");
    drop(pool.get().await.expect("made"));
    sleep(ms(1)).await;
    backend.assert_whole(&pool).await;
    assert_eq!(format!("{:?}", Tracing::new("orders")), "Tracing(\"orders\")");
}
