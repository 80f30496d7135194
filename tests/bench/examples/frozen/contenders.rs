//! The pools behind one trait, each with the nearest settings that it has.

mod database;
mod nothing;
mod ours;
mod peers;
mod sqlx;

use std::pin::Pin;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::backend::Backend;
pub(crate) use ours::Ours;
pub(crate) use peers::{Bb8, Deadpool};
pub(crate) use sqlx::Sqlx;

/// A future that borrows nothing, so that it can be kept anywhere.
pub(crate) type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a situation asks of a pool's configuration.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) max_size: u32,
    /// How many are kept ready: as a minimum, or as that many idle.
    pub(crate) min: Option<u32>,
    pub(crate) max_creating: Option<usize>,
    /// For one create. A pool that has only a timeout for a whole get takes that.
    pub(crate) create_timeout: Duration,
    /// For one check. A pool that has only a timeout for a whole get takes that.
    pub(crate) check_timeout: Duration,
    pub(crate) idle_timeout: Option<Duration>,
    /// Whether a create is done by a driver that blocks, on the runtime's blocking threads.
    pub(crate) blocks: bool,
}

impl Settings {
    /// So many resources and, else, what is longer than any run.
    pub(crate) const fn of(max_size: u32) -> Self {
        Self {
            max_size,
            min: None,
            max_creating: None,
            create_timeout: GET_TIMEOUT,
            check_timeout: GET_TIMEOUT,
            idle_timeout: None,
            blocks: false,
        }
    }

    /// The timeout for a whole get of a pool that has no other.
    fn only_timeout(&self) -> Duration {
        self.create_timeout.min(self.check_timeout)
    }
}

/// A pool in a situation.
pub(crate) trait Contender: Clone + Send + Sync + 'static {
    type Item: Send + 'static;

    /// What a fill ends with.
    type Filled: Send + 'static;

    /// Builds an empty pool; `None` if it has no such setting. It may need a runtime around it.
    fn build(settings: Settings, backend: &Backend) -> Option<Self>;

    /// Ends with `None` if it is refused.
    fn get(&self) -> Later<Option<Self::Item>>;

    /// A get by a caller whose patience is limited.
    fn get_within(&self, patience: Duration) -> Later<Option<Self::Item>> {
        let get = self.get();
        Box::pin(async move { timeout(patience, get).await.ok().flatten() })
    }

    /// A get on a thread that may be blocked, within a runtime.
    fn get_blocking(&self) -> Option<Self::Item> {
        Handle::current().block_on(self.get())
    }

    /// Gives a resource back that must not be lent again.
    fn discard(item: Self::Item);

    /// Ends when the pool is closed; `None` if it cannot be closed.
    fn close(&self) -> Option<Later<()>>;

    /// Ends when the minimum exists; `None` if the pool sees to that by itself.
    fn fill(&self) -> Option<Later<Self::Filled>> {
        None
    }
}

/// For a whole get, and for whatever a situation does not limit.
pub(crate) const GET_TIMEOUT: Duration = Duration::from_secs(30);
