//! The server behind the pool, simulated in this process, so that it can be broken and healed at will.

use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;
use tokio::time::sleep;

/// A simulated server. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub(crate) struct Backend {
    condition: watch::Sender<Condition>,
}

#[derive(Clone, Copy, Debug)]
struct Condition {
    creates: Creates,
    /// Connections of an earlier era have been hung up on.
    era: u64,
}

/// What becomes of an attempt to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Creates {
    Succeed,
    Fail,
    Hang,
}

/// What a client sees of a broken server.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the server refuses connections")]
    Refused,
    #[error("the server has hung up")]
    HungUp,
}

impl Backend {
    /// A server that is well.
    pub(crate) fn new() -> Self {
        let condition = Condition { creates: Creates::Succeed, era: 0 };
        Self { condition: watch::Sender::new(condition) }
    }

    /// Connects, as soon as the server answers.
    pub(crate) async fn accept(&self) -> Result<Session, Fault> {
        sleep(CONNECT_TIME).await;
        let mut condition = self.condition.subscribe();
        let answers = condition.wait_for(|condition| condition.creates != Creates::Hang).await;
        let Condition { creates, era } = *answers.expect("a handle keeps the server up");
        match creates {
            Creates::Fail => Err(Fault::Refused),
            Creates::Succeed | Creates::Hang => Ok(Session { server: self.clone(), era }),
        }
    }

    pub(crate) fn creates(&self) -> Creates {
        self.condition.borrow().creates
    }

    /// Decides what becomes of attempts to connect, those under way included.
    pub(crate) fn set_creates(&self, creates: Creates) {
        self.condition.send_modify(|condition| condition.creates = creates);
    }

    /// Hangs up on all clients, without their knowledge.
    pub(crate) fn hang_up(&self) {
        self.condition.send_modify(|condition| condition.era += 1);
    }
}

/// The server's end of a connection.
#[derive(Debug)]
pub(crate) struct Session {
    server: Backend,
    era: u64,
}

impl Session {
    /// Whether the server is still there.
    pub(crate) fn ask(&self) -> Result<(), Fault> {
        if self.era == self.server.condition.borrow().era { Ok(()) } else { Err(Fault::HungUp) }
    }
}

/// How long it takes to connect.
const CONNECT_TIME: Duration = Duration::from_millis(40);
