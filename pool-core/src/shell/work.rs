//! Law G1's room: the pool's work is the pool's own, and waits for nobody to poll it.
//!
//! Work (a create, a check, a fill, a reset, a goodbye, a round of upkeep) is polled once where it
//! begins, so that what is ready at once costs no task and needs no executor. What is pending then
//! goes on in the executor. That first poll is made where the executor's own things belong to the
//! runtime in which the rest goes on (law G3); so are polls and drops of a resource's code on
//! threads that are none of the executor's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::panics::{Panic, contain};
use crate::pooled::Pooled;
use crate::runtime::{Runtime, Task};
use crate::shell::shared::Shared;
use crate::shell::timer::{beginning, is_beginning};

/// Polls a task once, here, and leaves it to the executor if it is pending. A panic in it comes
/// back; the task is dropped then.
pub(crate) fn begin(runtime: &dyn Runtime, mut task: Task) -> Result<(), Panic> {
    let mut cx = beginning();
    let polled = inside(runtime, || {
        let polled = catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(&mut cx)));
        match polled {
            Ok(Poll::Pending) => Ok(Some(task)),
            Ok(Poll::Ready(())) => {
                contain(|| drop(task));
                Ok(None)
            }
            Err(payload) => {
                contain(|| drop(task));
                Err(payload)
            }
        }
    });
    if let Some(pending) = polled? {
        runtime.spawn(pending);
    }
    Ok(())
}

/// Does something where what is spawned goes on, whatever thread this is.
pub(crate) fn inside<O>(runtime: &dyn Runtime, work: impl FnOnce() -> O) -> O {
    let (mut undone, mut done) = (Some(work), None);
    runtime.enter(&mut || {
        if let Some(work) = undone.take() {
            done = Some(work());
        }
    });
    match (done, undone) {
        (Some(output), _) => output,
        (None, Some(work)) => work(),
        (None, None) => unreachable!("work that was taken was done, or has panicked"),
    }
}

pin_project! {
    /// A create or check in flight, which ends with `None` when nobody can use it any more
    /// (law G4): the pool was closed, or what it began with was replaced.
    pub(crate) struct Flight<'a, P: Pooled, F> {
        shared: &'a Shared<P>,
        generation: u64,
        // Its place among the flights, from the first poll in the executor on.
        place: Option<usize>,
        #[pin]
        work: F,
    }

    impl<P: Pooled, F> PinnedDrop for Flight<'_, P, F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(place) = this.place.take() {
                let token = this.shared.with(|state| state.land(place));
                contain(|| drop(token));
            }
        }
    }
}

impl<'a, P: Pooled, F: Future> Flight<'a, P, F> {
    pub(crate) fn new(shared: &'a Shared<P>, generation: u64, work: F) -> Self {
        Self { shared, generation, place: None, work }
    }
}

impl<P: Pooled, F: Future> Future for Flight<'_, P, F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if !is_beginning(cx) {
            let (place, generation) = (this.place, *this.generation);
            let waker = cx.waker().clone();
            let (is_revoked, unused) = this.shared.with(|state| {
                let unused = if let Some(place) = *place {
                    state.fly_on(place, waker)
                } else {
                    *place = Some(state.take_off(waker));
                    None
                };
                (state.is_revoked(generation), unused)
            });
            contain(|| drop(unused));
            if is_revoked {
                return Poll::Ready(None);
            }
        }
        this.work.poll(cx).map(Some)
    }
}
