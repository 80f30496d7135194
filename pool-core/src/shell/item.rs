//! The guard that lends a resource out and returns it.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::Arc;

use crate::event::{DiscardReason, Event};
use crate::pooled::Pooled;
use crate::settings::RecyclePolicy;
use crate::shell::shared::Shared;
use crate::shell::slot::{Slot, notes_return};
use crate::state::State;
use crate::usage::Usage;

/// A lent resource (one that is checked out, in use): the guard that returns it.
///
/// It dereferences to the resource. When it is dropped, the resource is returned to its pool: on any
/// thread, with or without an executor, while the pool exists and after. An item that is leaked
/// (`mem::forget`) keeps its slot for ever; [`Pool::holders`](crate::Pool::holders) helps to find one that is
/// kept for too long.
///
/// If an item is dropped while its thread panics, its resource is discarded, as nobody knows in which
/// state the panic left it; [`discard_on_panic`](crate::Builder::discard_on_panic) is the setting.
///
/// The functions below are associated ones, called `Item::detach(item)`, so that they hide no
/// method of the resource.
#[doc(alias("guard", "PooledConnection", "PoolGuard"))]
pub struct Item<P: Pooled> {
    /// `None` only after the item was taken apart, until it is dropped.
    slot: Option<Box<Slot<P>>>,
    shared: Arc<Shared<P>>,
}

impl<P: Pooled> Item<P> {
    /// Takes the resource out of the pool for good, and gives it to the caller.
    ///
    /// Its slot is free: the pool may create another.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../pool/example.md")]
    /// # run(async {
    /// # let pool = Pool::from_fn(connect).build()?;
    /// let item = pool.get().await?;
    /// let connection: Vec<u8> = Item::detach(item);
    /// assert_eq!(pool.status().size, 0);
    /// # drop(connection);
    /// # Ok(()) });
    /// ```
    #[doc(alias("take", "leak"))]
    pub fn detach(mut item: Self) -> P::Resource {
        let mut slot = item.slot.take().expect(HOLDS);
        item.shared.end_loan(&mut slot);
        item.shared.change(State::detach);
        item.shared.observe(|| Event::Detach);
        slot.resource
    }

    /// Discards the resource instead of returning it, because the holder knows it to be broken.
    ///
    /// It is closed ([`Pooled::close`]), and its slot is then free.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../pool/example.md")]
    /// # run(async {
    /// # let pool = Pool::from_fn(connect).build()?;
    /// let connection = pool.get().await?;
    /// Item::discard(connection); // its server is about to shut down
    /// assert_eq!(pool.status().size, 0); // the next get creates another
    /// # Ok(()) });
    /// ```
    #[doc(alias("invalidate", "remove"))]
    pub fn discard(mut item: Self) {
        let mut slot = item.slot.take().expect(HOLDS);
        item.shared.end_loan(&mut slot);
        item.shared.discard(slot, DiscardReason::Discarded);
    }

    /// Runs one operation on the resource. If it is interrupted, the resource is discarded on return.
    ///
    /// It is interrupted if its future is dropped or panics. So no later holder reads the rest of an
    /// answer.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time. The item can still be used; its resource is discarded when the item
    /// is dropped.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../pool/example.md")]
    /// # trait Query { async fn query(&mut self, _: &str) -> io::Result<u64>; }
    /// # impl Query for Vec<u8> { async fn query(&mut self, _: &str) -> io::Result<u64> { Ok(7) } }
    /// # run(async {
    /// # let pool = Pool::from_fn(connect).build()?;
    /// let mut item = pool.get().await?;
    /// let orders = Item::run(&mut item, async |connection| {
    ///     connection.query("SELECT count(*) FROM orders").await
    /// });
    /// assert_eq!(orders.await?, 7);
    /// # Ok(()) });
    /// ```
    pub async fn run<O>(item: &mut Self, operation: impl AsyncFnOnce(&mut P::Resource) -> O) -> O {
        let slot = item.slot.as_deref_mut().expect(HOLDS);
        let generation = slot.origin.leave_all_generations();
        let output = operation(&mut slot.resource).await;
        slot.origin.generation = generation;
        output
    }

    /// How long the resource has lived, and how often it was lent.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("../pool/example.md")]
    /// # run(async {
    /// # let pool = Pool::from_fn(connect).build()?;
    /// drop(pool.get().await?);
    /// let connection = pool.get().await?;
    /// let usage = Item::usage(&connection);
    /// assert_eq!(usage.times_used(), 2);
    /// println!("{:?} old", usage.age());
    /// # Ok(()) });
    /// ```
    pub fn usage(item: &Self) -> Usage<'_> {
        item.shared.usage(item.slot())
    }

    /// Notes who holds the item, if there is an observer or `track_holders`.
    #[inline]
    pub(crate) fn held_by(mut self, caller: &'static Location<'static>) -> Self {
        if self.shared.notes_loans()
            && let Some(slot) = &mut self.slot
        {
            self.shared.begin_loan(slot, caller);
        }
        self
    }

    fn slot(&self) -> &Slot<P> {
        self.slot.as_deref().expect(HOLDS)
    }
}

const HOLDS: &str = "an item holds its resource until it is dropped";

impl<P: Pooled> Deref for Item<P> {
    type Target = P::Resource;

    #[inline]
    fn deref(&self) -> &P::Resource {
        &self.slot().resource
    }
}

impl<P: Pooled> DerefMut for Item<P> {
    #[inline]
    fn deref_mut(&mut self) -> &mut P::Resource {
        &mut self.slot.as_deref_mut().expect(HOLDS).resource
    }
}

impl<P: Pooled> Drop for Item<P> {
    #[inline]
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.shared.put(slot);
        }
    }
}

impl<P: Pooled<Resource: fmt::Debug>> fmt::Debug for Item<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Item").field(&**self).finish()
    }
}

/// A lent resource that has not passed its health check: dropped, it is discarded (law C3).
pub(crate) struct Unchecked<P: Pooled>(Option<Item<P>>);

impl<P: Pooled> Unchecked<P> {
    #[inline]
    pub(crate) fn new(shared: Arc<Shared<P>>, slot: Box<Slot<P>>) -> Self {
        Self(Some(Item { slot: Some(slot), shared }))
    }

    #[inline]
    pub(crate) fn pass(mut self) -> Item<P> {
        let mut item = self.0.take().expect(UNCHECKED);
        if let Some(slot) = &mut item.slot {
            slot.life.times_used += 1;
        }
        item
    }

    pub(crate) fn shared(&self) -> Arc<Shared<P>> {
        Arc::clone(&self.0.as_ref().expect(UNCHECKED).shared)
    }

    /// In which generation of the pool's it was made.
    pub(crate) fn generation(&self) -> u64 {
        self.0.as_ref().expect(UNCHECKED).slot().origin.generation
    }

    /// Gives up the resource, for its borrower to end or hand on. Its slot stays lent.
    pub(crate) fn give_up(mut self) -> Box<Slot<P>> {
        let mut item = self.0.take().expect(UNCHECKED);
        item.slot.take().expect(HOLDS)
    }

    /// Notes that a check has passed, and how many in the pool had failed when it began.
    pub(crate) fn mark_checked(&mut self, failed_checks: u64) {
        let item = self.0.as_mut().expect(UNCHECKED);
        item.slot.as_deref_mut().expect(HOLDS).life.known_good_at = failed_checks;
    }

    /// Notes when a check that was pending has passed.
    pub(crate) fn mark_fit(&mut self) {
        let Item { slot, shared } = self.0.as_mut().expect(UNCHECKED);
        slot.as_deref_mut().expect(HOLDS).life.fit_at = shared.runtime.now();
    }

    /// Whether its get has left it for so long that it is to be checked again.
    pub(crate) fn has_lain(&self) -> bool {
        let Item { slot, shared } = self.0.as_ref().expect(UNCHECKED);
        slot.as_deref().expect(HOLDS).life.has_lain(&*shared.runtime)
    }

    /// Whether the policy leaves the check out this time. Notes whether the next return needs a time.
    pub(crate) fn is_warm(&mut self, policy: RecyclePolicy, failed_checks: u64) -> bool {
        let Item { slot, shared } = self.0.as_mut().expect(UNCHECKED);
        let life = &mut slot.as_deref_mut().expect(HOLDS).life;
        life.notes_return = notes_return::<P>(policy);
        if life.known_good_at < failed_checks {
            return false;
        }
        match policy {
            RecyclePolicy::Always => false,
            RecyclePolicy::IfIdleFor(limit) => {
                life.idle(&*shared.runtime).is_some_and(|idle| idle < limit)
            }
            RecyclePolicy::Never => true,
        }
    }

    /// What a check needs.
    #[inline]
    pub(crate) fn parts(&mut self) -> (&mut P::Resource, &P::Config, Usage<'_>, &Shared<P>) {
        let item = self.0.as_mut().expect(UNCHECKED);
        let slot = item.slot.as_deref_mut().expect(HOLDS);
        let usage = Usage::new(&slot.life, &*item.shared.runtime);
        (&mut slot.resource, &slot.origin.config, usage, &item.shared)
    }
}

const UNCHECKED: &str = "a resource is unchecked until it has passed or ended";

impl<P: Pooled> Drop for Unchecked<P> {
    #[inline]
    fn drop(&mut self) {
        if let Some(mut item) = self.0.take()
            && let Some(slot) = item.slot.take()
        {
            item.shared.discard(slot, DiscardReason::CutShort);
        }
    }
}
