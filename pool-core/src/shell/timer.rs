//! Limits on time that cost nothing until something has to wait.

use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

use crate::runtime::{Runtime, Sleep};
use crate::shell::blocking;

/// A time limit whose clock starts at the first poll that finds the work pending (law S1).
pub(crate) enum Timer {
    Never,
    Unarmed(Duration),
    Armed { sleep: Sleep, since: Instant },
}

impl Timer {
    #[inline]
    pub(crate) fn new(limit: Option<Duration>) -> Self {
        limit.map_or(Self::Never, Self::Unarmed)
    }

    /// Says whether the time is over; to be called only when the work is pending.
    pub(crate) fn poll(&mut self, runtime: &dyn Runtime, cx: &mut Context<'_>) -> Poll<()> {
        if let Self::Unarmed(limit) = *self {
            // An executor's timer has a resolution; no time at all needs none.
            if limit.is_zero() {
                return Poll::Ready(());
            }
            let is_blocking = blocking::is_polling(cx);
            let sleep = if is_blocking { blocking::sleep(limit) } else { runtime.sleep(limit) };
            *self = Self::Armed { sleep, since: runtime.now() };
        }
        match self {
            Self::Armed { sleep, .. } => sleep.as_mut().poll(cx),
            Self::Never | Self::Unarmed(_) => Poll::Pending,
        }
    }

    /// How long the work has been pending, if the time was looked at.
    pub(crate) fn waited(&self, runtime: &dyn Runtime) -> Option<Duration> {
        match self {
            Self::Armed { since, .. } => Some(runtime.now().saturating_duration_since(*since)),
            Self::Never | Self::Unarmed(_) => None,
        }
    }
}

/// The waker of the poll where work begins: it wakes nobody, as another poll follows in the executor.
/// `Waker::noop` would be no mark, as others use it and its address is not the same in each crate.
static BEGINNING: LazyLock<Waker> = LazyLock::new(|| Waker::from(Arc::new(Nobody)));

struct Nobody;

impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
}

/// For the poll where work begins.
pub(crate) fn beginning() -> Context<'static> {
    Context::from_waker(&BEGINNING)
}

/// Whether this is the poll where work begins.
pub(crate) fn is_beginning(cx: &Context<'_>) -> bool {
    cx.waker().data() == BEGINNING.data()
}

pin_project! {
    /// Some work under a limit of its own; answers `None` if the time is over first.
    pub(crate) struct Within<'a, F> {
        runtime: &'a dyn Runtime,
        timer: Timer,
        #[pin]
        work: F,
    }
}

impl<'a, F: Future> Within<'a, F> {
    pub(crate) fn new(runtime: &'a dyn Runtime, limit: Option<Duration>, work: F) -> Self {
        Self { runtime, timer: Timer::new(limit), work }
    }
}

impl<F: Future> Future for Within<'_, F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match this.work.poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // The thread may have no executor, and its timers are not those by which the work goes on.
            Poll::Pending if is_beginning(cx) => Poll::Pending,
            Poll::Pending => this.timer.poll(*this.runtime, cx).map(|()| None),
        }
    }
}
