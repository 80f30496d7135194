//! The command line.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};

/// Searches a folder's text files with thousands of concurrent queries through a few pooled
/// database connections, and compares that with a fresh connection for each query.
#[derive(Debug, Parser)]
#[command(name = "search")]
pub(crate) struct Cli {
    /// The folder to index; `.git` and `target` inside it are left out
    #[arg(default_value_os_t = default_folder())]
    pub(crate) folder: PathBuf,

    /// How many tasks ask at the same time
    #[arg(long, default_value = "1000", value_name = "N")]
    pub(crate) tasks: NonZeroUsize,

    /// How many queries they ask, all together, each way
    #[arg(long, default_value = "50000", value_name = "N")]
    pub(crate) queries: NonZeroU64,

    /// How many connections there are at most, 1 to 256
    #[arg(long, default_value = "4", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) pool_size: u16,

    /// Which idle connection is lent next: the one idle longest, or the one used last
    #[arg(long, default_value = "fifo")]
    pub(crate) order: Order,

    /// Which words are asked for: the same seed asks the same words
    #[arg(long, default_value = "1", value_name = "N")]
    pub(crate) seed: u64,

    /// The server that searches instead of the embedded database, in a schema of its own that is
    /// removed in the end, such as `postgresql://user@host/database`; needs the feature `postgres`
    #[arg(long, value_name = "URL")]
    pub(crate) postgres: Option<String>,
}

/// [`pool_tokio::Order`], as the command line spells it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Order {
    /// First in, first out
    Fifo,
    /// Last in, first out
    Lifo,
}

impl From<Order> for pool_tokio::Order {
    fn from(order: Order) -> Self {
        match order {
            Order::Fifo => Self::Fifo,
            Order::Lifo => Self::Lifo,
        }
    }
}

/// The repository this was built in or, if that is gone, the current directory.
fn default_folder() -> PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    repository.filter(|folder| folder.is_dir()).unwrap_or_else(|| Path::new(".")).to_owned()
}
