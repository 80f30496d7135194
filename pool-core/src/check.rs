//! The check of a resource before it is lent again: whether it is due, and how it is done.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::item::{Item, Unchecked};
use crate::pooled::{Pooled, checks_on_the_spot};
use crate::shared::contained;
use crate::timer::Within;
use crate::usage::Life;

/// When a returned resource is checked before it is lent again.
///
/// Whatever the policy: once a check has failed, each resource that was last known good before is
/// checked before its next use. After a restart of the server, no stale connection slips through.
///
/// # Examples
///
/// ```
/// # use std::time::Duration;
/// # use pool_core::{Builder, Pooled, RecyclePolicy, Runtime};
/// # fn settings<P: Pooled, R: Runtime>(builder: Builder<P, R>) -> Builder<P, R> {
/// builder.recycle_policy(RecyclePolicy::IfIdleFor(Duration::from_millis(500)))
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecyclePolicy {
    /// Each time: nothing unfit is lent, at the price of a check for each get.
    #[default]
    Always,
    /// If it has been idle for at least so long: under load, where resources hardly rest, checks
    /// are rare. Has the pool read the clock when a resource is returned, and when it is lent again.
    IfIdleFor(Duration),
    /// Only when suspect.
    Never,
}

/// What is known of the resources' health.
#[derive(Debug)]
pub(crate) struct Health {
    policy: RecyclePolicy,
    /// How many checks have failed. A resource that was last known good at a lower count is
    /// suspect.
    suspicion: AtomicU64,
}

impl Health {
    pub(crate) fn new(policy: RecyclePolicy) -> Self {
        Self { policy, suspicion: AtomicU64::new(0) }
    }

    /// The count to note with a resource that is known good.
    pub(crate) fn suspicion(&self) -> u64 {
        self.suspicion.load(Ordering::Relaxed)
    }

    /// A check has failed.
    pub(crate) fn suspect(&self) {
        self.suspicion.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether it has to be known since when a resource is idle.
    pub(crate) fn asks_for_idle_time(&self) -> bool {
        matches!(self.policy, RecyclePolicy::IfIdleFor(_))
    }

    fn is_check_due(&self, life: &Life, idle: impl FnOnce() -> Option<Duration>) -> bool {
        if life.known_good_at < self.suspicion() {
            return true;
        }
        match self.policy {
            RecyclePolicy::Always => true,
            RecyclePolicy::IfIdleFor(limit) => idle().is_none_or(|idle| idle >= limit),
            RecyclePolicy::Never => false,
        }
    }
}

/// A resource that passed its check, or one that did not.
pub(crate) type Checked<P> = Result<Item<P>, Unchecked<P>>;

/// Whether a resource may be lent without anything to wait for: its check is trivial and passes,
/// or it is not due.
#[inline]
pub(crate) fn passes_at_once<P: Pooled>(unchecked: &mut Unchecked<P>) -> bool {
    if checks_on_the_spot::<P>() { is_fit_at_once(unchecked) } else { !needs_check(unchecked) }
}

/// Whether a resource's check is due.
pub(crate) fn needs_check<P: Pooled>(unchecked: &Unchecked<P>) -> bool {
    let (life, shared) = unchecked.life();
    shared.health.is_check_due(life, || life.idle(&*shared.runtime))
}

/// Checks a resource within `recycle_timeout`.
#[expect(clippy::manual_async_fn, reason = "an `async fn` would hold its argument twice")]
pub(crate) fn check<P: Pooled>(
    mut unchecked: Unchecked<P>,
) -> impl Future<Output = Checked<P>> + Send {
    async move {
        let (resource, config, usage, shared) = unchecked.parts();
        let suspicion = shared.health.suspicion();
        let check = P::recycle(resource, config, &usage);
        let checked = Within::new(&*shared.runtime, shared.timeouts.recycle, check).await;
        if let Some(Ok(())) = checked {
            unchecked.trust(suspicion);
            return Ok(unchecked.pass());
        }
        shared.health.suspect();
        Err(unchecked)
    }
}

/// Polls a check once, if it is due. A pending one is left to the executor: the resource is then
/// returned.
pub(crate) fn try_check<P: Pooled>(mut unchecked: Unchecked<P>) -> Option<Item<P>> {
    if passes_at_once(&mut unchecked) {
        return Some(unchecked.pass());
    }
    let shared = unchecked.shared();
    let mut checking = Box::pin(check(unchecked));
    match checking.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(checked) => checked.ok(),
        Poll::Pending => {
            shared.runtime.spawn(Box::pin(async move { drop(contained(checking).await) }));
            None
        }
    }
}

/// Polls a zero-sized check. Should it be pending, it is dropped and made anew.
#[inline]
fn is_fit_at_once<P: Pooled>(unchecked: &mut Unchecked<P>) -> bool {
    let (resource, config, usage, _) = unchecked.parts();
    let check = pin!(P::recycle(resource, config, &usage));
    matches!(check.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(())))
}
