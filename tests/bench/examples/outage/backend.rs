//! The server that all contenders connect to: it does as it is told, and counts for itself what
//! is asked of it, so that no pool's own figures have to be believed.

use std::fmt;
use std::future::pending;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::time::sleep;

/// What a create or a check does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plan {
    /// Succeeds at once.
    Ok,
    /// Fails at once.
    Fail,
    /// Never ends.
    Hang,
    /// Succeeds after a while.
    After(Duration),
    /// Fails after a while.
    FailAfter(Duration),
}

/// Why a create or a check failed.
#[derive(Debug)]
pub(crate) struct Unreachable;

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server cannot be reached")
    }
}

impl std::error::Error for Unreachable {}

impl Plan {
    async fn carry_out(self) -> Result<(), Unreachable> {
        match self {
            Self::Ok => Ok(()),
            Self::Fail => Err(Unreachable),
            Self::Hang => pending().await,
            Self::After(time) => {
                sleep(time).await;
                Ok(())
            }
            Self::FailAfter(time) => {
                sleep(time).await;
                Err(Unreachable)
            }
        }
    }
}

/// A server; its clones are the same one.
#[derive(Clone)]
pub(crate) struct Backend(Arc<Server>);

struct Server {
    creates: AtomicU32,
    failed_creates: AtomicU32,
    checks: AtomicU32,
    live: AtomicU32,
    restarts: AtomicU32,
    first_failure: OnceLock<Instant>,
    create: Mutex<Plan>,
    stale_check: Mutex<Plan>,
}

impl Backend {
    /// A server where everything succeeds at once.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Server {
            creates: AtomicU32::new(0),
            failed_creates: AtomicU32::new(0),
            checks: AtomicU32::new(0),
            live: AtomicU32::new(0),
            restarts: AtomicU32::new(0),
            first_failure: OnceLock::new(),
            create: Mutex::new(Plan::Ok),
            stale_check: Mutex::new(Plan::Ok),
        }))
    }

    /// What creates that start from here on do.
    pub(crate) fn set_creates(&self, plan: Plan) {
        *self.0.create.lock() = plan;
    }

    /// Has every connection that exists go stale: `plan` is what its checks do from here on.
    pub(crate) fn restart(&self, plan: Plan) {
        *self.0.stale_check.lock() = plan;
        self.0.restarts.fetch_add(1, SeqCst);
    }

    pub(crate) async fn create(&self) -> Result<Connection, Unreachable> {
        self.0.creates.fetch_add(1, SeqCst);
        let plan = *self.0.create.lock();
        if let Err(cause) = plan.carry_out().await {
            self.0.first_failure.get_or_init(Instant::now);
            self.0.failed_creates.fetch_add(1, SeqCst);
            return Err(cause);
        }
        self.0.live.fetch_add(1, SeqCst);
        Ok(Connection { backend: self.clone(), restarts: self.0.restarts.load(SeqCst) })
    }

    /// How many creates have been asked for.
    pub(crate) fn creates(&self) -> u32 {
        self.0.creates.load(SeqCst)
    }

    pub(crate) fn failed_creates(&self) -> u32 {
        self.0.failed_creates.load(SeqCst)
    }

    pub(crate) fn checks(&self) -> u32 {
        self.0.checks.load(SeqCst)
    }

    /// How many connections exist.
    pub(crate) fn live(&self) -> u32 {
        self.0.live.load(SeqCst)
    }

    /// When the first create that failed ended.
    pub(crate) fn first_failure(&self) -> Option<Instant> {
        self.0.first_failure.get().copied()
    }
}

/// What the pools lend.
pub(crate) struct Connection {
    backend: Backend,
    /// How often the server had been restarted when this was made.
    restarts: u32,
}

impl Connection {
    /// Asks the server whether it still knows this connection. A fresh one passes at once.
    pub(crate) async fn check(&self) -> Result<(), Unreachable> {
        let server = &self.backend.0;
        server.checks.fetch_add(1, SeqCst);
        if self.restarts == server.restarts.load(SeqCst) {
            return Ok(());
        }
        let plan = *server.stale_check.lock();
        plan.carry_out().await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.backend.0.live.fetch_sub(1, SeqCst);
    }
}
