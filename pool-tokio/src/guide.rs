//! The guide: pages to read rather than to look things up in.
//!
//! - [Running it in production](production): the settings that should be yours, and an index of what can
//!   go wrong, with the page that helps.
//! - [When it breaks](faults): what the pool does by itself, and what you can set.
//! - [Sizing and limits](sizing): how many resources, how many callers, and all defaults.
//! - [Changing it live](changing): size, limits, credentials, server, shutdown.
//! - [Seeing what it does](observing): counts, logs, metrics, timeouts, holders.
//! - [Testing code that uses a pool](testing): without a server, without waiting, and with what goes
//!   wrong.
//! - [Coming from another pool](migration): what the calls of deadpool, bb8, r2d2 and sqlx's pool
//!   are called here, and what behaves differently.
//!
//! Every example on them is compiled and run with the tests. There is no code in these modules.

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

#[doc = include_str!("guide/testing.md")]
pub mod testing {}

#[doc = include_str!("guide/migration.md")]
pub mod migration {}
