//! What a pool promises wherever that depends on the executor under it.

mod ageing;
mod creating;
mod ending;
mod panicking;
mod threads;
mod unpolled;
mod waiting;

pub use self::ageing::*;
pub use self::creating::*;
pub use self::ending::*;
pub use self::panicking::*;
pub use self::threads::*;
pub use self::unpolled::*;
pub use self::waiting::*;
