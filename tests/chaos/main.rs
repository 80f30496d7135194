//! Chaos on a real `PostgreSQL`: each test starts a server of its own on loopback, puts it under load
//! through a pool of connections, does something awful to it, and holds the pool to its laws.
//!
//! Every query carries a number of its own and has to get it back, so that an answer to somebody
//! else's query is seen. The tests take turns, and each tells its figures on stderr.
//!
//! | file | |
//! |---|---|
//! | `server` | the server, which `pool-test-servers` starts and ends, and its users |
//! | `connection` | the resource, declared as a user would |
//! | `load` | the tasks that query, and those that break off |
//! | `trial` | a server, a pool and a load, from their start to the verdict |
//! | `events` | what happens to the server |
//! | `leftovers` | a protocol that a cut-short query does leave dirty, with `Item::run` and without |

mod connection;
mod events;
mod leftovers;
mod load;
mod server;
mod trial;
