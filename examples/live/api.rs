//! What can be asked of the program: how things are, once or as they change, and the controls.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Json};
use axum::routing::{Router, get, post};
use futures::{Stream, StreamExt, stream};
use pool_tokio::Pool;
use tokio::sync::watch;

use crate::backend::{Backend, Creates};
use crate::connection::Connection;
use crate::load::Plan;
use crate::request::{Fields, Refusal};
use crate::snapshot::Snapshot;

/// What the controls work on.
#[derive(Clone, Debug)]
pub(crate) struct Controls {
    pub(crate) pool: Pool<Connection>,
    pub(crate) backend: Backend,
    pub(crate) plan: watch::Sender<Plan>,
    pub(crate) latest: watch::Receiver<Arc<Snapshot>>,
}

/// A control answers with nothing, or with what is wrong with the request.
type Answer = Result<StatusCode, Refusal>;

pub(crate) fn routes() -> Router<Controls> {
    Router::new()
        .route("/api/state", get(state))
        .route("/api/events", get(events))
        .route("/api/resize", post(resize))
        .route("/api/suspend", post(suspend))
        .route("/api/backend", post(backend))
        .route("/api/load", post(load))
}

async fn state(State(controls): State<Controls>) -> impl IntoResponse {
    Json(Snapshot::clone(&controls.latest.borrow()))
}

/// First the last minute, then each snapshot as it is taken. Who reads too slowly is spared some; the
/// stream ends with the program.
async fn events(
    State(controls): State<Controls>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut latest = controls.latest;
    let history = Arc::clone(&latest.borrow_and_update().history);
    let history = Event::default().event("history").json_data(&*history);
    let states = stream::unfold(latest, async |mut latest| {
        latest.changed().await.ok()?;
        let state = Event::default().event("state").json_data(&**latest.borrow_and_update());
        Some((state, latest))
    });
    let events = stream::iter([history]).chain(states);
    Sse::new(events.map(|event| Ok(event.expect("numbers and strings can be written"))))
}

async fn resize(State(controls): State<Controls>, mut fields: Fields) -> Answer {
    let max_size = fields.whole("max_size", 0..=64)?;
    fields.end(max_size.is_some(), "max_size")?;
    if let Some(max_size) = max_size {
        controls.pool.resize(usize::try_from(max_size).unwrap_or(usize::MAX));
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn suspend(State(controls): State<Controls>, mut fields: Fields) -> Answer {
    let suspended = fields.truth("suspended")?;
    fields.end(suspended.is_some(), "suspended")?;
    match suspended {
        Some(true) => controls.pool.suspend(),
        _ => controls.pool.resume(),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Breaks the server, or heals it.
async fn backend(State(controls): State<Controls>, mut fields: Fields) -> Answer {
    let creates = fields.word(
        "creates",
        &[("succeed", Creates::Succeed), ("fail", Creates::Fail), ("hang", Creates::Hang)],
    )?;
    let existing = fields.word("existing", &[("stale", ())])?;
    fields.end(creates.is_some() || existing.is_some(), "creates and existing")?;
    if let Some(creates) = creates {
        controls.backend.set_creates(creates);
    }
    if existing.is_some() {
        controls.backend.hang_up();
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn load(State(controls): State<Controls>, mut fields: Fields) -> Answer {
    let tasks = fields.whole("tasks", 0..=500)?;
    let hold = fields.whole("hold_ms", 1..=5000)?;
    fields.end(tasks.is_some() || hold.is_some(), "tasks and hold_ms")?;
    controls.plan.send_modify(|plan| {
        if let Some(tasks) = tasks {
            plan.tasks = usize::try_from(tasks).unwrap_or(usize::MAX);
        }
        if let Some(hold) = hold {
            plan.hold = Duration::from_millis(hold);
        }
    });
    Ok(StatusCode::NO_CONTENT)
}
