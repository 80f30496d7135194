//! The shell: it carries out what the state machine decides.
//!
//! A transition answers with effects; carrying them out is work, and work that ends is the next
//! transition. This loop is the pool's heartbeat. It runs through `shared`, `creation`, `closing`,
//! `check`, `maintain` and `watch`, which is why these import each other; nothing else does.

pub(crate) mod blocking;
pub(crate) mod check;
pub(crate) mod clock;
pub(crate) mod closing;
pub(crate) mod creation;
pub(crate) mod fill;
pub(crate) mod get;
pub(crate) mod holders;
pub(crate) mod item;
pub(crate) mod maintain;
pub(crate) mod observing;
pub(crate) mod returning;
pub(crate) mod shared;
pub(crate) mod slot;
pub(crate) mod sync;
pub(crate) mod timer;
pub(crate) mod wait;
pub(crate) mod watch;
pub(crate) mod work;
