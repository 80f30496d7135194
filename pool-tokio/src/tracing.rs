//! A pool's spans and events, for the subscribers of the `tracing` crate.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use pool_core::{DiscardReason, Event, GetOutcome, Observer, Operation, Outcome};
use tracing::field::Empty;
use tracing::{Span, debug_span};

use crate::labels::{self, POOL_NAME};

/// Makes spans and events of what happens in a pool, for the subscribers of the [`tracing`] crate.
///
/// | span, all at `DEBUG` | from .. to |
/// |---|---|
/// | `pool.get` | the first poll of a get that is not served at once, to its end |
/// | `pool.create` | the start of a create to its end, in whatever task that is |
/// | `pool.recycle` | the start of a health check to its end, in whatever task that is |
/// | `pool.reset` | the return of a resource to the end of its reset, in whatever task that is |
///
/// A span is a child of the span in which it begins: the span of a get is a child of its caller's, and the
/// span of a create or a health check is a child of the get's that begins it. A create that is for the minimum,
/// or waits out a pause of an outage first, begins in a task of its own and has no parent. What the resource's
/// own code logs is within its span. No span closes before its children: if a create outlives its get, the span
/// of the get stays open until the create has ended, and `pool.seconds` says how long the get itself took.
///
/// | field | of | |
/// |---|---|---|
/// | `db.client.connection.pool.name` | all | the name given to [`new`](Self::new) |
/// | `pool.outcome` | spans, and the events of their ends | a [`GetOutcome`] or [`Outcome`], such as `timed_out` |
/// | `pool.seconds` | spans, and the events of their ends; returns | how long it took, or how long the resource was in use |
/// | `pool.reason` | removed resources | a [`DiscardReason`], such as `not_reset` |
/// | `pool.max_size.from`, `.to` | resizes | |
/// | `otel.status_code` | spans | `ERROR` if it failed, timed out or panicked |
///
/// The first is an attribute of the [semantic conventions] of OpenTelemetry, which have none for the
/// others. `tracing-opentelemetry` makes the span's status of `otel.status_code`.
///
/// | event | level |
/// |---|---|
/// | a get timed out or failed | `WARN` |
/// | a create failed, timed out or panicked | `WARN` |
/// | a reset panicked | `WARN` |
/// | a resource was removed that is unfit (failed its health check), not reusable, not reset or cut short, or whose holder panicked | `INFO` |
/// | the pool was closed or resized | `INFO` |
/// | a resource was removed for another reason; any other end of a create, a health check, a reset, a get that waited | `DEBUG` |
/// | a get that was served at once, `try_get`, a return | `TRACE` |
///
/// The target of all is `pool_tokio`: `RUST_LOG=info,pool_tokio=debug` shows the spans. A get that is
/// served at once has an event, but no span.
///
/// [semantic conventions]: https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/
///
/// # Examples
///
/// ```
/// use std::io;
/// use pool_tokio::{Pool, Tracing};
/// use tokio::net::UdpSocket;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bind = async || {
///     tracing::info!("this is within the span `pool.create`");
///     UdpSocket::bind("127.0.0.1:0").await
/// };
/// let pool = Pool::from_fn(bind).observer(Tracing::new("orders")).build()?;
/// # drop(pool.get().await?);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tracing {
    name: Arc<str>,
}

impl Tracing {
    /// Makes an observer for the pool of this name.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into() }
    }
}

impl fmt::Debug for Tracing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tracing").field(&self.name).finish()
    }
}

/// An event of the pool, at a level that is known at compile time.
macro_rules! tell {
    ($level:ident, $tracing:expr, $($rest:tt)+) => {
        ::tracing::event!(
            target: TARGET,
            ::tracing::Level::$level,
            { POOL_NAME } = &*$tracing.name,
            $($rest)+
        )
    };
}

impl Observer for Tracing {
    fn observe(&self, event: &Event) {
        match *event {
            Event::Get { outcome, waited } => self.get_ended(outcome, waited),
            Event::TryGet { served } => {
                tell!(TRACE, self, pool.served = served, "try_get answered");
            }
            Event::Create { outcome, took } => self.create_ended(outcome, took),
            Event::Recycle { outcome, took } => {
                let (outcome, seconds) = (labels::of_outcome(outcome), took.as_secs_f64());
                tell!(
                    DEBUG,
                    self,
                    pool.outcome = outcome,
                    pool.seconds = seconds,
                    "health check ended"
                );
            }
            Event::Reset { outcome, took } => self.reset_ended(outcome, took),
            Event::Return { held } => {
                tell!(TRACE, self, pool.seconds = held.as_secs_f64(), "resource returned");
            }
            Event::Discard { reason } => self.discarded(reason),
            Event::Detach => tell!(DEBUG, self, "resource left with its holder"),
            Event::Insert => tell!(DEBUG, self, "resource inserted"),
            Event::Resize { from, to } => {
                tell!(INFO, self, pool.max_size.from = from, pool.max_size.to = to, "pool resized");
            }
            Event::Close => tell!(INFO, self, "pool closed"),
            _ => {}
        }
    }

    fn begin(&self, operation: Operation) -> Option<Box<dyn pool_core::Span>> {
        /// The name of a span has to be known at compile time.
        macro_rules! span {
            ($name:literal) => {
                debug_span!(
                    target: TARGET,
                    $name,
                    { POOL_NAME } = &*self.name,
                    pool.outcome = Empty,
                    pool.seconds = Empty,
                    otel.status_code = Empty,
                )
            };
        }
        let span = match operation {
            Operation::Get => span!("pool.get"),
            Operation::Create => span!("pool.create"),
            Operation::Recycle => span!("pool.recycle"),
            Operation::Reset => span!("pool.reset"),
            _ => return None,
        };
        // A span that no subscriber wants costs no box.
        (!span.is_disabled()).then(|| Box::new(Traced(span)) as _)
    }
}

impl Tracing {
    fn get_ended(&self, outcome: GetOutcome, waited: Duration) {
        let (label, seconds) = (labels::of_get(outcome), waited.as_secs_f64());
        match outcome {
            GetOutcome::Served if waited.is_zero() => {
                tell!(TRACE, self, pool.outcome = label, pool.seconds = seconds, "get ended");
            }
            GetOutcome::TimedOut | GetOutcome::Failed => {
                tell!(WARN, self, pool.outcome = label, pool.seconds = seconds, "get ended");
            }
            _ => tell!(DEBUG, self, pool.outcome = label, pool.seconds = seconds, "get ended"),
        }
    }

    fn create_ended(&self, outcome: Outcome, took: Duration) {
        let (label, seconds) = (labels::of_outcome(outcome), took.as_secs_f64());
        if is_error(outcome) {
            tell!(WARN, self, pool.outcome = label, pool.seconds = seconds, "create ended");
        } else {
            tell!(DEBUG, self, pool.outcome = label, pool.seconds = seconds, "create ended");
        }
    }

    fn reset_ended(&self, outcome: Outcome, took: Duration) {
        let (label, seconds) = (labels::of_outcome(outcome), took.as_secs_f64());
        if outcome == Outcome::Panicked {
            tell!(WARN, self, pool.outcome = label, pool.seconds = seconds, "reset ended");
        } else {
            tell!(DEBUG, self, pool.outcome = label, pool.seconds = seconds, "reset ended");
        }
    }

    fn discarded(&self, reason: DiscardReason) {
        use DiscardReason::{CutShort, HolderPanicked, NotReset, NotReusable, Unfit};
        let label = labels::of_reason(reason);
        if matches!(reason, Unfit | NotReusable | NotReset | CutShort | HolderPanicked) {
            tell!(INFO, self, pool.reason = label, "resource removed");
        } else {
            tell!(DEBUG, self, pool.reason = label, "resource removed");
        }
    }
}

/// A span that is entered for each poll.
struct Traced(Span);

impl pool_core::Span for Traced {
    fn enter(&self, work: &mut dyn FnMut()) {
        self.0.in_scope(work);
    }

    fn end(&self, event: &Event) {
        let (outcome, took, is_error) = match *event {
            Event::Get { outcome, waited } => {
                let is_error = matches!(outcome, GetOutcome::TimedOut | GetOutcome::Failed);
                (labels::of_get(outcome), waited, is_error)
            }
            Event::Create { outcome, took }
            | Event::Recycle { outcome, took }
            | Event::Reset { outcome, took } => {
                (labels::of_outcome(outcome), took, is_error(outcome))
            }
            _ => return,
        };
        self.0.record("pool.outcome", outcome);
        self.0.record("pool.seconds", took.as_secs_f64());
        if is_error {
            self.0.record("otel.status_code", "ERROR");
        }
    }
}

/// Whether it failed, timed out or panicked; an interruption is no error.
fn is_error(outcome: Outcome) -> bool {
    !matches!(outcome, Outcome::Succeeded | Outcome::CutShort)
}

const TARGET: &str = "pool_tokio";
