//! Why a server is not there.

use std::error::Error;
use std::fmt;
use std::io;

/// Why a server did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// Its program was not found: install it, or name the place.
    Missing {
        /// What was not found.
        server: &'static str,
        /// Where it was looked for.
        place: String,
        /// Debian's package that has it.
        package: &'static str,
        /// The environment variable that names another place.
        variable: &'static str,
    },
    /// The operating system refused something.
    Refused {
        /// What was tried.
        what: &'static str,
        /// The refusal.
        source: io::Error,
    },
    /// It ran, and never served.
    Silent {
        /// What did not serve.
        server: &'static str,
        /// The end of its log.
        last_words: String,
    },
}

impl StartError {
    pub(crate) fn refused(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Refused { what, source }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { server, place, package, variable } => write!(
                f,
                "no {server} {place}: `apt-get install {package}` installs one on Debian; \
                 {variable} names another place"
            ),
            Self::Refused { what, .. } => write!(f, "can't {what}"),
            Self::Silent { server, last_words } => {
                write!(f, "{server} does not come up; its last words:\n{last_words}")
            }
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused { source, .. } => Some(source),
            Self::Missing { .. } | Self::Silent { .. } => None,
        }
    }
}
