//! A naive pool to hold the state machine against: the same rules over plain lists, searched from
//! end to end, with no thought for speed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use crate::state::{Dated, Failed, Grant, Limits, Order, Verdict};
use crate::status::Status;

/// A waiter's name in a trial.
pub(super) type Id = u32;

/// What a waiter sees when it looks.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sight {
    Granted(Grant<u32>),
    Told(Verdict<u32>),
    Drive,
    Surplus,
    Waits,
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) limits: Limits,
    order: Order,
    pub(super) idle: VecDeque<u32>,
    /// Oldest first.
    pub(super) queue: VecDeque<Id>,
    /// The order in which those who drive nothing are asked to.
    pub(super) undriven: VecDeque<Id>,
    entrusted: BTreeSet<Id>,
    grants: BTreeMap<Id, Grant<u32>>,
    told: BTreeMap<Id, Verdict<u32>>,
    /// Out of the queue, but not told yet.
    to_tell: VecDeque<Id>,
    verdict: Option<Verdict<u32>>,
    /// Those who left a token since they were last woken.
    asleep: BTreeSet<Id>,
    pub(super) lent: usize,
    pub(super) permits: usize,
    pub(super) closing: usize,
    outage: Option<(Instant, Instant)>,
    pub(super) closed: bool,
    pub(super) generation: u64,
    /// Whom the current event woke.
    pub(super) woken: Vec<Id>,
    /// What the current event made surplus.
    pub(super) surplus: Vec<u32>,
}

impl Model {
    pub(super) fn new(limits: Limits, order: Order) -> Self {
        Self {
            limits,
            order,
            idle: VecDeque::new(),
            queue: VecDeque::new(),
            undriven: VecDeque::new(),
            entrusted: BTreeSet::new(),
            grants: BTreeMap::new(),
            told: BTreeMap::new(),
            to_tell: VecDeque::new(),
            verdict: None,
            asleep: BTreeSet::new(),
            lent: 0,
            permits: 0,
            closing: 0,
            outage: None,
            closed: false,
            generation: 0,
            woken: Vec::new(),
            surplus: Vec::new(),
        }
    }

    pub(super) fn status(&self) -> Status {
        Status {
            max_size: self.limits.max_size,
            size: self.size(),
            idle: self.idle.len(),
            in_use: self.lent,
            creating: self.permits,
            closing: self.closing,
            waiting: self.queue.len(),
        }
    }

    pub(super) fn size(&self) -> usize {
        self.idle.len() + self.lent + self.permits + self.closing
    }

    pub(super) fn take(&mut self) -> Option<u32> {
        let resource = match self.order {
            Order::Fifo => self.idle.pop_front(),
            Order::Lifo => self.idle.pop_back(),
        }?;
        self.lent += 1;
        Some(resource)
    }

    /// Enters as the last; whether it is to drive a create at once.
    pub(super) fn enter(&mut self, id: Id) -> bool {
        self.queue.push_back(id);
        self.undriven.push_back(id);
        self.serve_room();
        let drives = self.entrusted.remove(&id);
        if !drives {
            self.asleep.insert(id);
        }
        drives
    }

    pub(super) fn reenter(&mut self, id: Id) {
        self.lent -= 1;
        if !self.closed {
            self.queue.push_front(id);
            self.undriven.push_front(id);
        }
        self.serve_room();
        self.serve_idle();
    }

    pub(super) fn look(&mut self, id: Id) -> Sight {
        if let Some(grant) = self.grants.remove(&id) {
            return Sight::Granted(grant);
        }
        if let Some(verdict) = self.told.remove(&id) {
            return Sight::Told(verdict);
        }
        if self.queue.contains(&id) && self.entrusted.remove(&id) {
            let surplus = self.size() > self.limits.max_size;
            return if surplus { Sight::Surplus } else { Sight::Drive };
        }
        self.asleep.insert(id);
        Sight::Waits
    }

    pub(super) fn leave(&mut self, id: Id) {
        if let Some(grant) = self.grants.remove(&id) {
            self.deliver(grant);
        } else if self.told.remove(&id).is_none() {
            self.depart(id);
        }
    }

    pub(super) fn deliver(&mut self, grant: Grant<u32>) {
        if self.is_surplus(grant.resource) {
            self.lent -= 1;
            self.closing += 1;
            self.surplus.push(grant.resource);
        } else if let Some(&oldest) = self.queue.front() {
            self.wake(oldest);
            self.depart(oldest);
            self.grants.insert(oldest, grant);
        } else {
            self.lent -= 1;
            self.idle.push_back(grant.resource);
        }
    }

    fn end_create(&mut self, driver: Option<Id>) {
        self.permits -= 1;
        if let Some(id) = driver
            && self.queue.contains(&id)
        {
            self.undriven.push_front(id);
        }
    }

    pub(super) fn created(&mut self, resource: u32, driver: Option<Id>) {
        self.end_create(driver);
        self.outage = None;
        self.lent += 1;
        self.deliver(Grant { resource, fresh: true });
        self.serve_idle();
        self.serve_room();
    }

    /// Law F1, as it is written.
    pub(super) fn create_failed(&mut self, cause: u32, driver: Option<Id>, failed: Failed) {
        let now = failed.now;
        self.end_create(driver);
        if self.closed {
            return;
        }
        let patience = self.limits.create_timeout.expect("a trial's creates are bounded");
        let (since, last) = match self.outage {
            // One of a wave.
            Some((since, last)) if failed.begun < last => (since, last),
            Some((since, last)) if now - last <= patience + Duration::from_millis(50) => {
                (since, now)
            }
            _ => (now, now),
        };
        self.outage = Some((since, last));
        let nothing_lent = self.lent == 0;
        let nothing_on_its_way = self.permits == 0;
        if (nothing_lent && nothing_on_its_way) || now - since >= patience {
            self.tell_all(Verdict::Failed(cause));
        } else if let Some(id) = driver
            && nothing_lent
            && self.queue.contains(&id)
        {
            self.asleep.remove(&id);
            self.depart(id);
            self.told.insert(id, Verdict::Failed(cause));
        }
        self.serve_idle();
        self.serve_room();
    }

    pub(super) fn create_is_dropped(&mut self, driver: Option<Id>) {
        self.end_create(driver);
        self.serve_idle();
        self.serve_room();
    }

    pub(super) fn tell_all(&mut self, verdict: Verdict<u32>) {
        self.to_tell.append(&mut self.queue);
        self.undriven.clear();
        if !self.to_tell.is_empty() {
            self.verdict = Some(verdict);
        }
    }

    pub(super) fn tell(&mut self) {
        while let Some(id) = self.to_tell.front().copied() {
            self.wake(id);
            self.depart(id);
            self.told.insert(id, self.verdict.clone().expect("there is something to tell"));
        }
    }

    pub(super) fn resize(&mut self, max_size: usize) {
        self.limits.max_size = max_size;
        self.serve_room();
        while self.size() - self.surplus.len() > max_size
            && let Some(resource) = self.idle.pop_front()
        {
            self.closing += 1;
            self.surplus.push(resource);
            // `size` counts it as closing; leave out what this call has already dealt with.
        }
    }

    pub(super) fn is_surplus(&self, resource: u32) -> bool {
        self.closed
            || self.size() > self.limits.max_size
            || resource.generation() != self.generation
    }

    pub(super) fn take_longest_idle(&mut self) -> Option<u32> {
        let resource = self.idle.pop_front()?;
        self.lent += 1;
        Some(resource)
    }

    pub(super) fn invalidate(&mut self) {
        self.generation += 1;
        self.closing += self.idle.len();
        self.surplus.extend(self.idle.drain(..));
        self.serve_room();
    }

    pub(super) fn close(&mut self) {
        if !self.closed {
            self.closed = true;
            self.outage = None;
            self.closing += self.idle.len();
            self.surplus.extend(self.idle.drain(..));
            self.tell_all(Verdict::Closed);
        }
    }

    /// Rule 2 of creating, and rule 3.
    pub(super) fn serve_room(&mut self) {
        while self.queue.len() > self.permits && self.may_create() {
            let id = self.undriven.pop_front().expect("somebody drives nothing");
            self.permits += 1;
            self.entrusted.insert(id);
            self.wake(id);
        }
    }

    /// Law W1, where a failed check has left something idle beside a waiter.
    fn serve_idle(&mut self) {
        while let (Some(&id), false) = (self.undriven.front(), self.idle.is_empty()) {
            let resource = self.take().expect("something is idle");
            self.wake(id);
            self.depart(id);
            self.grants.insert(id, Grant { resource, fresh: false });
        }
    }

    pub(super) fn is_overloaded(&self) -> bool {
        let most = self.limits.max_waiting.saturating_add(self.permits);
        self.queue.len() >= most && !self.may_create()
    }

    pub(super) fn may_create(&self) -> bool {
        let most = if self.outage.is_some() { 1 } else { self.limits.max_creating };
        !self.closed && self.size() < self.limits.max_size && self.permits < most
    }

    pub(super) fn lacks_minimum(&self) -> bool {
        self.idle.len() + self.lent + self.permits < self.limits.min_size && self.may_create()
    }

    /// Takes a waiter out of wherever it waits; a permit it has not used goes on.
    fn depart(&mut self, id: Id) {
        self.queue.retain(|&other| other != id);
        self.undriven.retain(|&other| other != id);
        self.to_tell.retain(|&other| other != id);
        self.asleep.remove(&id);
        if self.entrusted.remove(&id) {
            self.permits -= 1;
            self.serve_room();
        }
    }

    fn wake(&mut self, id: Id) {
        if self.asleep.remove(&id) {
            self.woken.push(id);
        }
    }
}
