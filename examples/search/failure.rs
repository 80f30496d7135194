//! How the program can fail, and the exit code that tells of it.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::iter;
use std::path::PathBuf;

use pool_tokio::{BuildError, GetError};

use super::folder::LeftOut;

/// Why the program ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("can't read folder {}", folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    #[error("no words to search for in {} ({left_out})", folder.display())]
    NoWords { folder: PathBuf, left_out: LeftOut },
    #[cfg(feature = "postgres")]
    #[error("can't read the URL of the server")]
    Url(#[source] Cause),
    #[cfg(not(feature = "postgres"))]
    #[error(
        "this program was built without PostgreSQL: \
         `cargo run --release -p pool-examples --features postgres --example search` has it"
    )]
    NoPostgres,
    #[error("wrong answer for {word:?}: {missing} files missing, {surplus} too many")]
    WrongAnswer { word: String, missing: usize, surplus: usize },
    #[error("interrupted")]
    Interrupted,
    #[error("can't make a temporary folder")]
    TemporaryFolder(#[source] io::Error),
    #[error("can't start the runtime")]
    Runtime(#[source] io::Error),
    #[error("can't print")]
    Print(#[from] io::Error),
    #[error("the database failed")]
    Database(#[source] Cause),
    #[error("can't build the pool")]
    Build(#[from] BuildError),
    #[error("got no connection")]
    Connection(#[source] Cause),
    #[error("got no token")]
    Token(#[from] GetError<Infallible>),
}

/// The error of any database.
type Cause = Box<dyn Error + Send + Sync>;

impl Failure {
    pub(crate) fn database(error: impl Into<Cause>) -> Self {
        Self::Database(error.into())
    }

    pub(crate) fn connection<E: Error + Send + Sync + 'static>(error: GetError<E>) -> Self {
        Self::Connection(error.into())
    }

    /// 2 for what the command line asks for, 130 for an interrupt as shells have it, otherwise 1.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Folder { .. } | Self::NoWords { .. } => 2,
            #[cfg(feature = "postgres")]
            Self::Url(_) => 2,
            #[cfg(not(feature = "postgres"))]
            Self::NoPostgres => 2,
            Self::Interrupted => 130,
            _ => 1,
        }
    }

    /// The failure and all its causes in one line.
    pub(crate) fn chain(&self) -> String {
        let first: &dyn Error = self;
        let causes = iter::successors(Some(first), |&error| error.source());
        let causes: Vec<_> = causes.map(ToString::to_string).collect();
        causes.join(": ")
    }
}
