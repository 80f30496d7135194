//! The guide: pages to read rather than to look things up in.
//!
//! - [Getting started](start): declare a resource, get one, use it, close the pool.
//! - [Running it in production](production): the settings that should be yours, and an index of what can
//!   go wrong, with the place that helps. It leads to four pages:
//!   - [When it breaks](faults): restarts, outages, stale and dirty connections, panics.
//!   - [Sizing and limits](sizing): how many resources, how many callers, and all defaults.
//!   - [Changing it live](changing): size, limits, credential rotation, fail-over, graceful shutdown.
//!   - [Seeing what it does](observing): status, counters, logs, metrics, timeouts, leak detection.
//! - [Futures that are not polled](unpolled): `select!`, buffered streams, two `block_on` (futurelock): what
//!   the pool guarantees, what it can't, and in which runtime it works.
//! - [Testing code that uses a pool](testing): without a server, without waiting, and with what goes
//!   wrong.
//! - [Coming from another pool](migration): what the calls of deadpool, bb8, r2d2, sqlx's pool, eventlet
//!   and diesel-async are called here, and what behaves differently.
//! - [Glossary](glossary): the words of this pool, and what others call the same.
//!
//! Every example on them is compiled and run with the tests. There is no code in these modules.

#[doc = include_str!("guide/start.md")]
pub mod start {}

#[doc = include_str!("guide/production.md")]
pub mod production {}

#[doc = include_str!("guide/faults.md")]
pub mod faults {}

#[doc = include_str!("guide/sizing.md")]
pub mod sizing {}

#[doc = include_str!("guide/changing.md")]
pub mod changing {}

#[doc = include_str!("guide/observing.md")]
pub mod observing {}

#[doc = include_str!("guide/unpolled.md")]
pub mod unpolled {}

#[doc = include_str!("guide/testing.md")]
pub mod testing {}

#[doc = include_str!("guide/migration.md")]
pub mod migration {}

#[doc = include_str!("guide/glossary.md")]
pub mod glossary {}
