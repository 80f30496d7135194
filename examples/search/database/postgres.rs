//! `PostgreSQL`: a schema of the job's own, on a server that is there already.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pool_tokio::Pooled;
use tokio::task::JoinSet;
use tokio_postgres::{Client, Config, Error, NoTls, Statement};

use super::super::words::{FileId, words};
use super::{Database, Index, Search};

/// Which server, and which schema on it.
#[derive(Clone, Debug)]
pub(crate) struct Postgres {
    config: Config,
    schema: String,
    creates: Arc<AtomicU64>,
}

impl Postgres {
    /// A schema that does not exist yet, on the server that a URL names.
    pub(crate) fn at(url: &str) -> Result<Self, Error> {
        let schema = format!("pool_search_{:016x}", fastrand::u64(..));
        Ok(Self { config: url.parse()?, schema, creates: Arc::default() })
    }

    /// Removes the schema and all that is in it.
    pub(crate) async fn remove(&self) -> Result<(), Error> {
        let Self { schema, .. } = self;
        let session = Session::open(&self.config).await?;
        let drop = format!("DROP SCHEMA IF EXISTS {schema} CASCADE");
        session.client.batch_execute(&drop).await?;
        session.end().await;
        Ok(())
    }
}

impl Database for Postgres {
    type Error = Error;
    type Connection = Connection;
    type Writer = Writer;

    async fn create(&self) -> Result<Writer, Error> {
        let Self { schema, .. } = self;
        let session = Session::open(&self.config).await?;
        // The words are compared as they are: a text search of the server's would see others.
        let create = format!(
            "CREATE SCHEMA {schema};
            CREATE TABLE {schema}.file (id bigint PRIMARY KEY, words text[] NOT NULL);"
        );
        session.client.batch_execute(&create).await?;
        session.client.batch_execute("BEGIN").await?;
        let insert = format!("INSERT INTO {schema}.file VALUES ($1, $2)");
        let insert = session.client.prepare(&insert).await?;
        Ok(Writer { session, insert, schema: schema.clone() })
    }

    fn take_creates(&self) -> u64 {
        self.creates.swap(0, Ordering::Relaxed)
    }
}

/// A connection that searches: the pooled resource. It only reads, so there is nothing to reset; and a
/// job that fails as a whole with its server needs no check that costs a round trip.
#[derive(Pooled)]
#[pooled(create = async Self::open(&Postgres) -> Result<Self, Error>, close = async Self::end)]
pub(crate) struct Connection {
    session: Session,
    search: Statement,
}

impl Connection {
    async fn open(database: &Postgres) -> Result<Self, Error> {
        database.creates.fetch_add(1, Ordering::Relaxed);
        let session = Session::open(&database.config).await?;
        let schema = &database.schema;
        let search = format!("SELECT id FROM {schema}.file WHERE words @> ARRAY[$1] ORDER BY id");
        let search = session.client.prepare(&search).await?;
        Ok(Self { session, search })
    }

    async fn end(self) {
        self.session.end().await;
    }
}

impl Search<Error> for Connection {
    async fn search(&mut self, word: &str) -> Result<Vec<FileId>, Error> {
        let rows = self.session.client.query(&self.search, &[&word]).await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }
}

/// The one connection that writes.
pub(crate) struct Writer {
    session: Session,
    insert: Statement,
    schema: String,
}

impl Index<Error> for Writer {
    async fn insert(&mut self, file: FileId, text: &str) -> Result<(), Error> {
        let text = text.to_ascii_lowercase();
        let words = words(&text).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        self.session.client.execute(&self.insert, &[&file, &words]).await.map(drop)
    }

    async fn finish(self) -> Result<(), Error> {
        let Self { session, schema, .. } = self;
        let index = format!(
            "CREATE INDEX ON {schema}.file USING gin (words);
            COMMIT;"
        );
        session.client.batch_execute(&index).await?;
        session.client.batch_execute(&format!("ANALYZE {schema}.file")).await?;
        session.end().await;
        Ok(())
    }
}

/// A client and the task that drives its socket, which ends with this set.
struct Session {
    client: Client,
    driver: JoinSet<Result<(), Error>>,
}

impl Session {
    async fn open(config: &Config) -> Result<Self, Error> {
        let (client, connection) = config.connect(NoTls).await?;
        Ok(Self { client, driver: JoinSet::from_iter([connection]) })
    }

    /// Says goodbye.
    async fn end(mut self) {
        drop(self.client);
        self.driver.join_next().await;
    }
}
