//! Tasks that use the pool as a service does: most well, some badly.

use std::io;
use std::time::Duration;

use pool_tokio::{Item, Pool, Pooled};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, timeout};

/// A connection to a server that is not there: it takes its time, and fails now and then.
#[derive(Pooled)]
#[pooled(create = async Self::connect() -> io::Result<Self>, recycle = Self::check,
         reset = async Self::rollback)]
pub(crate) struct Connection {
    is_alive: bool,
}

impl Connection {
    async fn connect() -> io::Result<Self> {
        sleep(millis(2..12)).await;
        if one_in(10) {
            Err(io::ErrorKind::ConnectionRefused.into())
        } else {
            Ok(Self { is_alive: true })
        }
    }

    /// At once, so that `try_get` is served: a check that has to wait is left to the executor.
    fn check(&mut self) -> io::Result<()> {
        if self.is_alive { Ok(()) } else { Err(io::ErrorKind::ConnectionReset.into()) }
    }

    async fn rollback(&mut self) -> io::Result<()> {
        yield_now().await;
        if one_in(1000) { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }
}

/// Asks and asks again; how often a get fails is in the metrics.
pub(crate) async fn use_for_ever(pool: Pool<Connection>) {
    let begun = Instant::now();
    loop {
        // A second of rush, a second of calm.
        let is_rush = begun.elapsed().as_secs().is_multiple_of(2);
        sleep(if is_rush { millis(1..30) } else { millis(50..250) }).await;
        match fastrand::u32(..20) {
            // A caller that has less patience than the pool.
            0 => drop(timeout(Duration::from_millis(2), pool.get()).await),
            1 => drop(pool.try_get()),
            _ => {
                if let Ok(connection) = pool.get().await {
                    query(connection).await;
                }
            }
        }
    }
}

/// Holds a connection for as long as a query takes; a few are slow, a few lose theirs to the server.
async fn query(mut connection: Item<Connection>) {
    sleep(if one_in(100) { millis(100..300) } else { millis(1..5) }).await;
    connection.is_alive = !one_in(200);
    if one_in(300) {
        Item::discard(connection);
    }
}

fn one_in(times: u32) -> bool {
    fastrand::u32(..times) == 0
}

fn millis(range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(fastrand::u64(range))
}
