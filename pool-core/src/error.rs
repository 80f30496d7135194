//! What can go wrong, and what the caller can do about it.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::status::Status;

/// Why a get got no resource. `E` is the resource's own [`Pooled::Error`](crate::Pooled::Error).
///
/// Small on purpose: it travels in the result of every get.
#[non_exhaustive]
pub enum GetError<E> {
    /// The resource could not be created. Look at the cause; another get tries again, after a short
    /// pause that the pool keeps by itself. Many waiters may receive the error of one failed create,
    /// hence the `Arc`.
    Create(Arc<E>),
    /// The get timed out. The [`TimedOut`] says what it was waiting for, and how the pool stood: if
    /// nothing was free, resources are held for too long or `max_size` is too small.
    TimedOut(Box<TimedOut<E>>),
    /// The pool is closed and lends (checks out) nothing any more. Stop, or build another.
    Closed,
    /// As many gets wait as `max_waiting` allows: the queue is full. Shed the load, or try later.
    Overloaded,
    /// The create that this get needs has to wait for something, and no executor goes on with it, as
    /// there is none or it has shut down. Build the pool in a runtime that lives as long as the pool,
    /// or get inside of one.
    NoExecutor,
}

impl<E> GetError<E> {
    /// The error of the failed create, if there was one, whatever its type.
    ///
    /// For types such as `anyhow::Error` and `Box<dyn Error>`. They do not implement `Error`
    /// themselves, so that `?` can't convert a `GetError` that contains one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use pool_core::GetError;
    /// type Cause = Box<dyn std::error::Error + Send + Sync>;
    /// let error: GetError<Cause> = GetError::Create(Arc::new("no route to host".into()));
    /// assert_eq!(error.into_create().expect("a create failed").to_string(), "no route to host");
    /// ```
    pub fn into_create(self) -> Option<Arc<E>> {
        match self {
            Self::Create(cause) => Some(cause),
            Self::TimedOut(timed_out) => timed_out.last_create_error,
            Self::Closed | Self::Overloaded | Self::NoExecutor => None,
        }
    }

    /// Whether the get timed out.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::TimedOut(_))
    }
}

// Written by hand, as deriving asks for `E: Clone` although only the `Arc` is cloned.
impl<E> Clone for GetError<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Create(cause) => Self::Create(Arc::clone(cause)),
            Self::TimedOut(timed_out) => Self::TimedOut(timed_out.clone()),
            Self::Closed => Self::Closed,
            Self::Overloaded => Self::Overloaded,
            Self::NoExecutor => Self::NoExecutor,
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for GetError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create(cause) => f.debug_tuple("Create").field(cause).finish(),
            Self::TimedOut(timed_out) => f.debug_tuple("TimedOut").field(timed_out).finish(),
            Self::Closed => f.write_str("Closed"),
            Self::Overloaded => f.write_str("Overloaded"),
            Self::NoExecutor => f.write_str("NoExecutor"),
        }
    }
}

impl<E: fmt::Display> fmt::Display for GetError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create(_) => f.write_str("could not create a resource for the pool"),
            Self::TimedOut(timed_out) => timed_out.fmt(f),
            Self::Closed => f.write_str("the pool is closed"),
            Self::Overloaded => {
                f.write_str("too many callers are already waiting (max_waiting reached)")
            }
            Self::NoExecutor => f.write_str(
                "no executor takes the create of a resource; get inside a runtime, or build the pool in \
                 one that lives",
            ),
        }
    }
}

impl<E: Error + 'static> Error for GetError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Create(cause) => Some(&**cause),
            Self::TimedOut(timed_out) => timed_out.source(),
            Self::Closed | Self::Overloaded | Self::NoExecutor => None,
        }
    }
}

/// A get timed out: what it was waiting for, for how long, and how the pool stood.
///
/// All of it is printed in one line, the last create error included, as a timeout is most often read in a
/// log. That error is also the `source()`, to be looked at by type.
#[non_exhaustive]
pub struct TimedOut<E> {
    /// The pool's name, if it has one.
    pub pool: Option<Arc<str>>,
    /// What the get was waiting for.
    pub phase: Phase,
    /// How long the get had taken.
    pub waited: Duration,
    /// How the pool stood at that moment. This get is among those `waiting`.
    pub status: Status,
    /// Why the last create failed, if creates are failing.
    pub last_create_error: Option<Arc<E>>,
}

impl<E> Clone for TimedOut<E> {
    fn clone(&self) -> Self {
        let Self { pool, phase, waited, status, last_create_error } = self;
        let (pool, last_create_error) = (pool.clone(), last_create_error.clone());
        Self { pool, phase: *phase, waited: *waited, status: *status, last_create_error }
    }
}

impl<E: fmt::Debug> fmt::Debug for TimedOut<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimedOut")
            .field("pool", &self.pool)
            .field("phase", &self.phase)
            .field("waited", &self.waited)
            .field("status", &self.status)
            .field("last_create_error", &self.last_create_error)
            .finish()
    }
}

impl<E: fmt::Display> fmt::Display for TimedOut<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pool, phase, waited, status, last_create_error } = self;
        write!(f, "timed out after {waited:.1?} {phase} ")?;
        match pool {
            Some(name) => write!(f, "(pool {name}, {status})")?,
            None => write!(f, "(pool {status})")?,
        }
        match last_create_error {
            Some(cause) => write!(f, "; the last create failed: {cause}"),
            None => Ok(()),
        }
    }
}

impl<E: Error + 'static> Error for TimedOut<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.last_create_error.as_ref().map(|cause| &**cause as &(dyn Error + 'static))
    }
}

/// What a get was waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// For a resource to be returned, or for its turn to create one.
    Wait,
    /// For a create in flight that it began, or for another's that ran into `create_timeout` while
    /// nothing else was on its way.
    Create,
    /// For the health check of the resource that it was to be lent.
    Recycle,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wait => "waiting for a resource",
            Self::Create => "creating a resource",
            Self::Recycle => "checking a resource",
        })
    }
}

/// Why [`try_get`](crate::Pool::try_get) got no resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TryGetError {
    /// Nothing is idle. Do without, or use `get`, which waits for a resource or creates one.
    Empty,
    /// The pool is closed and lends (checks out) nothing any more. Stop, or build another.
    Closed,
}

impl fmt::Display for TryGetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "no resource is idle",
            Self::Closed => "the pool is closed",
        })
    }
}

impl Error for TryGetError {}

/// Why [`get_blocking`](crate::Pool::get_blocking) got no resource.
#[derive(Debug)]
#[non_exhaustive]
pub enum BlockingError<E> {
    /// This thread runs async tasks. If it is blocked, so are they, and perhaps the one that is to
    /// return a resource. Use `get().await`, or call it on a thread that may block.
    DrivesTasks,
    /// The get failed. See there.
    Get(GetError<E>),
}

impl<E: fmt::Display> fmt::Display for BlockingError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DrivesTasks => f.write_str(
                "get_blocking was called within an asynchronous execution context; use \
                 get().await there, or a thread that may block",
            ),
            Self::Get(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for BlockingError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::DrivesTasks => None,
            Self::Get(error) => error.source(),
        }
    }
}

/// Why [`insert`](crate::Pool::insert) did not accept a resource. Contains the resource.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InsertError<T> {
    /// As many resources exist as `max_size` allows. Resize the pool, or drop the resource.
    Full(T),
    /// The pool is closed and accepts nothing any more. Drop the resource.
    Closed(T),
}

impl<T> InsertError<T> {
    /// The resource that was not accepted.
    pub fn into_resource(self) -> T {
        match self {
            Self::Full(resource) | Self::Closed(resource) => resource,
        }
    }
}

// Resources are often not `Debug`, and `insert(..).unwrap()` has to work for them, too.
impl<T> fmt::Debug for InsertError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for InsertError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the pool has no room for another resource",
            Self::Closed(_) => "the pool is closed",
        })
    }
}

impl<T> Error for InsertError<T> {}

/// Which settings contradict each other, so that no pool was built or nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BuildError {
    /// `min_size` is greater than `max_size`: lower the one or raise the other.
    MinAboveMax {
        /// The minimum that was asked for.
        min_size: usize,
        /// The maximum that was asked for.
        max_size: usize,
    },
    /// `min_idle` is greater than `max_size`: lower the one or raise the other.
    MinIdleAboveMax {
        /// The minimum that was asked for.
        min_idle: usize,
        /// The maximum that was asked for.
        max_size: usize,
    },
    /// `max_creating` is 0, so that no resource could ever be created: leave it out, or set it to
    /// at least 1.
    NoCreates,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MinAboveMax { min_size, max_size } => write!(
                f,
                "min_size {min_size} is greater than max_size {max_size}; raise max_size or lower \
                 min_size"
            ),
            Self::MinIdleAboveMax { min_idle, max_size } => write!(
                f,
                "min_idle {min_idle} is greater than max_size {max_size}; raise max_size or lower \
                 min_idle"
            ),
            Self::NoCreates => {
                f.write_str("max_creating is 0, so nothing could be created; set it to at least 1")
            }
        }
    }
}

impl Error for BuildError {}

/// Why [`build_filled`](crate::Builder::build_filled) built no pool.
#[derive(Debug)]
#[non_exhaustive]
pub enum FillError<E> {
    /// The settings contradict each other. Mend them.
    Build(BuildError),
    /// A resource of the minimum could not be created. Look at the cause, and try again.
    Get(GetError<E>),
}

impl<E: fmt::Display> fmt::Display for FillError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(_) => f.write_str("the pool's settings contradict each other"),
            Self::Get(_) => f.write_str("the pool could not be filled"),
        }
    }
}

impl<E: Error + 'static> Error for FillError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Build(error) => Some(error),
            Self::Get(error) => Some(error),
        }
    }
}
