//! The `postgres` example on a server of its own: what the pool does to connections, as the server sees
//! it, and the program as a user runs it.

mod connection;

use std::error::Error;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pool_test_servers::{ADMIN, Postgres};
use pool_tokio::{Item, Pool};
use tokio::time::sleep;
use tokio_postgres::types::FromSqlOwned;
use tokio_postgres::{Client, NoTls};

use crate::connection::Connection;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::test]
async fn a_connection_is_reused_and_prepares_its_statement_once() -> Outcome {
    let (_server, admin, pool) = start().await?;
    let pid = backend(&mut pool.get().await?).await?;
    for amount in 0..10 {
        pool.get().await?.add(amount).await?;
    }
    let mut connection = pool.get().await?;
    assert_eq!(backend(&mut connection).await?, pid);
    let prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'INSERT%'";
    assert_eq!(ask::<i64>(connection.client(), prepared).await?, 1);
    assert_eq!(ask::<i64>(&admin, "SELECT count(*) FROM orders").await?, 10);
    assert_eq!(pool.counters().created, 1);
    Ok(())
}

#[tokio::test]
async fn nothing_that_a_holder_leaves_behind_reaches_the_next() -> Outcome {
    let (_server, admin, pool) = start().await?;
    let mut connection = pool.get().await?;
    let pid = backend(&mut connection).await?;
    let number = connection.add(1).await?;
    let mess = "LISTEN news; SELECT pg_advisory_lock(7); CREATE TEMP TABLE mine (id int); \
                SET TimeZone = 'Asia/Tokyo'; BEGIN; DELETE FROM orders";
    connection.client().batch_execute(mess).await?;
    drop(connection);

    let mut connection = pool.get().await?;
    assert_eq!(backend(&mut connection).await?, pid, "it was cleaned, not replaced");
    let client = connection.client();
    assert_eq!(ask::<i64>(client, "SELECT count(*) FROM orders").await?, 1, "rolled back");
    assert_ne!(ask::<String>(client, "SHOW TimeZone").await?, "Asia/Tokyo");
    assert_eq!(ask::<i64>(client, "SELECT count(*) FROM pg_listening_channels()").await?, 0);
    assert_eq!(ask::<Option<String>>(client, "SELECT to_regclass('mine')::text").await?, None);
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
    assert_eq!(ask::<i64>(&admin, locks).await?, 0);
    assert!(connection.add(2).await? > number, "the statement is still prepared");
    Ok(())
}

#[tokio::test]
async fn a_connection_is_lent_again_after_a_transaction_that_has_failed() -> Outcome {
    let (_server, _admin, pool) = start().await?;
    let mut connection = pool.get().await?;
    let pid = backend(&mut connection).await?;
    assert!(connection.client().batch_execute("BEGIN; SELECT 1 / 0").await.is_err());
    drop(connection);

    let mut connection = pool.get().await?;
    assert_eq!(backend(&mut connection).await?, pid);
    connection.add(1).await?;
    Ok(())
}

#[tokio::test]
async fn a_connection_that_the_server_has_ended_is_replaced() -> Outcome {
    let (_server, admin, pool) = start().await?;
    let ended = backend(&mut pool.get().await?).await?;
    until_idle(&pool).await; // or its reset would be what fails
    admin.execute("SELECT pg_terminate_backend($1)", &[&ended]).await?;
    until_backends(&admin, 0).await?;

    let mut connection = pool.get().await?;
    assert_ne!(backend(&mut connection).await?, ended);
    connection.add(1).await?;
    assert_eq!((pool.counters().created, pool.counters().ended), (2, 1));
    Ok(())
}

#[tokio::test]
async fn the_server_is_told_goodbye() -> Outcome {
    let (server, admin, pool) = start().await?;
    drop(pool.get().await?);
    assert_eq!(ask::<i64>(&admin, BACKENDS).await?, 1);
    pool.close().await;
    until_backends(&admin, 0).await?;
    // What it logs where the protocol's goodbye is left out, in a transaction at least.
    assert!(!server.last_words().contains("unexpected EOF"), "{}", server.last_words());
    Ok(())
}

#[test]
fn the_program_succeeds_and_cleans_up_also_when_it_is_interrupted() -> Outcome {
    let temporary = tempfile::tempdir()?;
    // The server's user has to get through, if root runs the tests.
    fs::set_permissions(temporary.path(), Permissions::from_mode(0o755))?;
    let temporary = temporary.path();
    let output = Command::new(PROGRAM).env("TMPDIR", temporary).output()?;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = String::from_utf8(output.stdout)?;
    assert!(printed.starts_with("1000 orders of 500500 in all, by "), "{printed}");
    assert!(printed.contains("1000 orders are left after a DELETE"), "{printed}");
    assert!(printed.contains("3 connections were ended, 1 was created"), "{printed}");
    assert!(
        printed
            .trim_end()
            .ends_with("size 0 of 4: 0 idle, 0 in use, 0 creating, 0 closing; 0 waiting"),
        "{printed}"
    );
    assert_eq!(fs::read_dir(temporary)?.count(), 0, "the server's folder is gone");

    let mut program = Command::new(PROGRAM);
    let mut child = program.env("TMPDIR", temporary).stdout(Stdio::null()).spawn()?;
    let begun = Instant::now();
    while fs::read_dir(temporary)?.count() == 0 {
        assert!(begun.elapsed() < PATIENCE, "no server is started");
        std::thread::sleep(PAUSE);
    }
    let interrupt = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &interrupt]).status()?.success());
    assert_eq!(child.wait()?.code(), Some(130));
    assert_eq!(fs::read_dir(temporary)?.count(), 0, "the server's folder is gone");
    Ok(())
}

#[test]
fn without_a_server_the_program_says_how_to_install_one() -> Outcome {
    let output = Command::new(PROGRAM).env("POSTGRES_PROGRAMS", "/nowhere").output()?;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8(output.stderr)?;
    assert!(told.contains("apt-get install postgresql"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    Ok(())
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_pool-example-postgres");

/// A server with the table, its administrator, and a pool of one connection.
async fn start() -> Outcome<(Postgres, Client, Pool<Connection>)> {
    let server = Postgres::start(&[]).await?;
    let (admin, driver) = server.config(ADMIN).application_name("admin").connect(NoTls).await?;
    tokio::spawn(driver);
    admin.batch_execute("CREATE TABLE orders (id bigserial, amount bigint)").await?;
    let pool = Pool::<Connection>::builder(server.config(ADMIN)).max_size(1).build()?;
    Ok((server, admin, pool))
}

async fn backend(connection: &mut Item<Connection>) -> Outcome<i32> {
    ask(connection.client(), "SELECT pg_backend_pid()").await
}

async fn ask<T: FromSqlOwned>(client: &Client, query: &str) -> Outcome<T> {
    Ok(client.query_one(query, &[]).await?.try_get(0)?)
}

/// Waits until the connection is reset.
async fn until_idle(pool: &Pool<Connection>) {
    let begun = Instant::now();
    while pool.status().idle == 0 {
        assert!(begun.elapsed() < PATIENCE, "it does not come home: {}", pool.status());
        sleep(PAUSE).await;
    }
}

/// Waits until the server has so many backends besides the administrator's.
async fn until_backends(admin: &Client, count: i64) -> Outcome {
    let begun = Instant::now();
    while ask::<i64>(admin, BACKENDS).await? != count {
        assert!(begun.elapsed() < PATIENCE, "the server never has {count} backends");
        sleep(PAUSE).await;
    }
    Ok(())
}

const BACKENDS: &str = "SELECT count(*) FROM pg_stat_activity \
                        WHERE backend_type = 'client backend' AND application_name <> 'admin'";
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(2);
