//! The pooled resource: a connection to the simulated server.

use std::time::Duration;

use pool_tokio::Pooled;
use tokio::time::sleep;

use crate::backend::{Backend, Fault, Session};

/// A connection to the server.
#[derive(Debug, Pooled)]
#[pooled(create = async Self::connect(&Backend) -> Result<Self, Fault>, recycle = Self::check,
         close = async Self::quit)]
pub(crate) struct Connection {
    session: Session,
}

impl Connection {
    async fn connect(server: &Backend) -> Result<Self, Fault> {
        Ok(Self { session: server.accept().await? })
    }

    fn check(&mut self) -> Result<(), Fault> {
        self.session.ask()
    }

    async fn quit(self) {
        sleep(GOODBYE).await;
    }

    /// Asks something that takes the server so long to answer.
    pub(crate) async fn query(&mut self, time: Duration) -> Result<(), Fault> {
        sleep(time).await;
        self.session.ask()
    }
}

/// How long it takes to say goodbye.
const GOODBYE: Duration = Duration::from_millis(10);
