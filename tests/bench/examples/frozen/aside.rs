//! A future that is put aside: polled once, then kept by somebody who does something else.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use tokio::time::sleep;

use crate::contenders::Later;

/// What becomes of a future after its first poll, and of what else a situation takes away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aside {
    /// It is kept, and not polled again.
    Kept,
    /// A task goes on with it. This is the control: what fails here as well is not due to the keeping.
    Driven,
}

impl Aside {
    /// Puts a future aside, until what is returned is dropped.
    pub(crate) async fn put<T: Send + 'static>(self, mut future: Later<T>) -> Option<Later<T>> {
        let kept = match self {
            Self::Kept => {
                // If it is ready at once, there is nothing to keep, and no more is seen of it.
                drop(poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await);
                Some(future)
            }
            Self::Driven => {
                tokio::spawn(async move { drop(future.await) });
                None
            }
        };
        // Until the tasks have begun that were spawned by it.
        sleep(Duration::from_millis(1)).await;
        kept
    }

    /// The future itself or, if it is to be driven, one that waits for the task that drives it.
    pub(crate) fn left_to_its_holder<T: Send + 'static>(self, future: Later<T>) -> Later<T> {
        match self {
            Self::Kept => future,
            Self::Driven => {
                let driven = tokio::spawn(future);
                Box::pin(async { driven.await.expect("a get does not panic") })
            }
        }
    }
}
