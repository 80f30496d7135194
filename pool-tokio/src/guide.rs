//! The guide: pages to read rather than to look things up in.
//!
//! - [Running it in production](production): which knob for which trouble, and all defaults with
//!   their reasons.
//! - [Testing code that uses a pool](testing): without a server, without waiting, and with what goes
//!   wrong.
//! - [Coming from another pool](migration): what the calls of deadpool, bb8, r2d2 and sqlx's pool
//!   are called here, and what behaves differently.
//!
//! Every example on them is compiled and run with the tests. There is no code in these modules.

#[doc = include_str!("guide/production.md")]
pub mod production {}

#[doc = include_str!("guide/testing.md")]
pub mod testing {}

#[doc = include_str!("guide/migration.md")]
pub mod migration {}
