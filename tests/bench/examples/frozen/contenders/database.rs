//! A database for sqlx that can be connected to and pinged: all that its pool asks of one.
//!
//! sqlx's pool lends connections of a database that sqlx knows. A real one would bring a server and
//! sockets along, which know nothing of a paused clock. What else a database has, from rows to
//! arguments, is the business of [`nothing`](super::nothing).

use std::io::ErrorKind;
use std::str::FromStr;
use std::time::Duration;

use log::LevelFilter;
use sqlx_core::connection::{ConnectOptions, Connection};
use sqlx_core::database::Database;
use sqlx_core::error::Error;
use sqlx_core::sql_str::SqlStr;
use sqlx_core::transaction::{Transaction, TransactionManager};
use sqlx_core::url::Url;
use tokio::task::spawn_blocking;

use super::nothing::{NoArguments, Nothing};
use crate::backend::{self, Backend, Unreachable};

/// The database.
#[derive(Debug)]
pub(crate) struct Stub;

impl Database for Stub {
    type Connection = Link;
    type TransactionManager = NoTransactions;
    type Row = Nothing;
    type QueryResult = ();
    type Column = Nothing;
    type TypeInfo = Nothing;
    type Value = Nothing;
    type ValueRef<'r> = Nothing;
    type Arguments = NoArguments;
    type ArgumentBuffer = ();
    type Statement = Nothing;

    const NAME: &'static str = "stub";
    const URL_SCHEMES: &'static [&'static str] = &[];
}

/// A connection to it.
pub(crate) struct Link(backend::Connection);

impl Connection for Link {
    type Database = Stub;
    type Options = Address;

    async fn close(self) -> Result<(), Error> {
        Ok(())
    }

    async fn close_hard(self) -> Result<(), Error> {
        Ok(())
    }

    /// The check, at a get and when the connection is returned.
    async fn ping(&mut self) -> Result<(), Error> {
        self.0.check().await.map_err(refused)
    }

    async fn begin(&mut self) -> Result<Transaction<'_, Stub>, Error> {
        Transaction::begin(self, None).await
    }

    fn shrink_buffers(&mut self) {}

    async fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn should_flush(&self) -> bool {
        false
    }
}

/// Where it is.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) backend: Backend,
    pub(crate) blocks: bool,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").finish_non_exhaustive()
    }
}

impl ConnectOptions for Address {
    type Connection = Link;

    fn from_url(_: &Url) -> Result<Self, Error> {
        Err(Error::Configuration("it has no URL".into()))
    }

    async fn connect(&self) -> Result<Link, Error> {
        if self.blocks {
            spawn_blocking(|| ()).await.expect("nothing panics in it");
        }
        self.backend.create().await.map(Link).map_err(refused)
    }

    fn log_statements(self, _: LevelFilter) -> Self {
        self
    }

    fn log_slow_statements(self, _: LevelFilter, _: Duration) -> Self {
        self
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(_: &str) -> Result<Self, Error> {
        Err(Error::Configuration("it has no URL".into()))
    }
}

/// As a server that is down answers: its pool takes that for an outage, and tries again.
fn refused(_: Unreachable) -> Error {
    Error::Io(ErrorKind::ConnectionRefused.into())
}

/// Transactions in which nothing can be done.
pub(crate) struct NoTransactions;

impl TransactionManager for NoTransactions {
    type Database = Stub;

    async fn begin(_: &mut Link, _: Option<SqlStr>) -> Result<(), Error> {
        Ok(())
    }

    async fn commit(_: &mut Link) -> Result<(), Error> {
        Ok(())
    }

    async fn rollback(_: &mut Link) -> Result<(), Error> {
        Ok(())
    }

    fn start_rollback(_: &mut Link) {}

    fn get_transaction_depth(_: &Link) -> usize {
        0
    }
}
