//! The server of a trial, and who uses it.

pub(crate) use pool_test_servers::{ADMIN, Postgres};
use tokio_postgres::Client;

/// Starts a server with these settings besides the usual ones, and the roles of its users.
pub(crate) async fn start(settings: &[&str]) -> Postgres {
    let server = Postgres::start(settings).await.unwrap_or_else(|error| panic!("{error}"));
    let roles = format!("CREATE ROLE {LOAD} LOGIN; CREATE ROLE {OTHERS} LOGIN");
    connect(&server, ADMIN).await.batch_execute(&roles).await.expect("roles are made");
    server
}

/// Starts a stopped server again, and waits until it serves.
pub(crate) async fn start_again(server: &mut Postgres) {
    server.spawn().expect("it has started before");
    ready(server).await;
}

/// Waits until it serves.
pub(crate) async fn ready(server: &Postgres) {
    server.ready().await.unwrap_or_else(|error| panic!("{error}"));
}

pub(crate) async fn connect(server: &Postgres, user: &str) -> Client {
    server.connect(user).await.expect("the server lets us in")
}

/// The role of the pool's connections.
pub(crate) const LOAD: &str = "load";
/// The role of those who use the server as well.
pub(crate) const OTHERS: &str = "others";
