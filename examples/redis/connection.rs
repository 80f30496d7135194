//! The pooled resource: a connection of the `redis` crate that is one holder's alone.
//!
//! Plain commands of many tasks can share one `MultiplexedConnection`, without any pool. What needs a
//! connection of its own is what the server remembers by connection: `WATCH` and `MULTI`, which would
//! see the others' commands, and commands that block, such as `BLPOP`, which would stop them all.

use pool_tokio::{Pooled, pooled};
use redis::aio::MultiplexedConnection;
use redis::{Client, RedisResult, cmd, pipe};

/// A connection to Redis.
#[derive(Pooled)]
pub(crate) struct Connection(MultiplexedConnection);

#[pooled]
impl Connection {
    #[create]
    async fn connect(client: &Client) -> RedisResult<Self> {
        client.get_multiplexed_async_connection().await.map(Self)
    }

    /// Asks the server: only it knows whether it has ended the connection, as its `timeout` does with
    /// idle ones. It also waits for whatever a cut-short command has left in the pipeline.
    #[recycle]
    async fn ping(&mut self) -> RedisResult<()> {
        cmd("PING").exec_async(&mut self.0).await
    }

    /// Ends what the server remembers of a transaction, in one round trip. `RESET` would do more than is
    /// wanted: it logs out, selects database 0 and falls back to the old protocol.
    #[reset]
    async fn forget(&mut self) -> RedisResult<()> {
        let mut forget = pipe();
        // "DISCARD without MULTI" is the usual answer; a dead connection is an error all the same.
        forget.cmd("DISCARD").cmd("UNWATCH").ignore_errors();
        forget.exec_async(&mut self.0).await
    }

    /// Says goodbye and waits for the answer, so that the server has the room back for the next one.
    #[close]
    async fn quit(mut self) {
        // Whatever it answers, the connection is dropped.
        cmd("QUIT").exec_async(&mut self.0).await.ok();
    }
}

impl Connection {
    /// The connection, for any command.
    pub(crate) fn redis(&mut self) -> &mut MultiplexedConnection {
        &mut self.0
    }
}
