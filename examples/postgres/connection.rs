//! The pooled resource: a client of `tokio-postgres`, the task that drives its socket, and the
//! statements that are prepared once and live as long as it does.

use pool_tokio::{Pooled, pooled};
use tokio::task::JoinSet;
use tokio_postgres::{Client, Config, Error, NoTls, Statement};

/// A connection to the shop's database.
#[derive(Pooled)]
pub(crate) struct Connection {
    client: Client,
    /// Drives the socket. A set of one, as a set aborts its task when it is dropped: a connection whose
    /// goodbye takes too long is not to live on by itself.
    driver: JoinSet<Result<(), Error>>,
    add: Statement,
    /// Whether a holder could have left something behind.
    is_touched: bool,
}

#[pooled]
impl Connection {
    /// Logs in and prepares: all that is costly, done once per connection instead of once per query.
    #[create]
    async fn connect(config: &Config) -> Result<Self, Error> {
        let (client, connection) = config.connect(NoTls).await?;
        let driver = JoinSet::from_iter([connection]);
        let add = client.prepare("INSERT INTO orders (amount) VALUES ($1) RETURNING id").await?;
        Ok(Self { client, driver, add, is_touched: false })
    }

    /// Asks the server, by an empty query: only it knows whether it has ended the connection. One round
    /// trip; `RecyclePolicy::IfIdleFor` leaves it out for connections that have just been used.
    #[recycle]
    async fn ping(&mut self) -> Result<(), Error> {
        self.client.check_connection().await
    }

    /// Undoes what a holder may have left: an open transaction, settings, locks, temporary tables.
    #[reset]
    async fn clean(&mut self) -> Result<(), Error> {
        if self.is_touched {
            self.client.batch_execute(CLEAN).await?;
            self.is_touched = false;
        }
        Ok(())
    }

    /// A dead socket is known at once, and spares the next holder the check.
    #[reusable]
    fn is_open(&self) -> bool {
        !self.client.is_closed()
    }

    /// Without its client, the driver sends the goodbye and ends, so that the server has the room back.
    #[close]
    async fn quit(mut self) {
        drop(self.client);
        self.driver.join_next().await;
    }
}

impl Connection {
    /// Takes an order and gives its number. Leaves nothing behind, even if it is cut short.
    pub(crate) async fn add(&self, amount: i64) -> Result<i64, Error> {
        self.client.query_one_scalar(&self.add, &[&amount]).await
    }

    /// Any query at all, hence to be cleaned up after.
    pub(crate) fn client(&mut self) -> &mut Client {
        self.is_touched = true;
        &mut self.client
    }
}

/// What `DISCARD ALL` stands for, less what would cost the prepared statements. It can't be said itself
/// where a transaction may be open, and `ROLLBACK` is no more than a warning where none is.
const CLEAN: &str = "\
    ROLLBACK;
    CLOSE ALL;
    SET SESSION AUTHORIZATION DEFAULT;
    RESET ALL;
    UNLISTEN *;
    SELECT pg_advisory_unlock_all();
    DISCARD TEMP;
    DISCARD SEQUENCES;";
