//! The idle resources and the order in which they are lent again.

use std::collections::VecDeque;

use crate::settings::Order;

/// Idle resources, longest idle at the front.
#[derive(Clone, Debug)]
pub(crate) struct Idle<T> {
    resources: VecDeque<T>,
    order: Order,
}

impl<T> Idle<T> {
    pub(crate) fn new(order: Order) -> Self {
        Self { resources: VecDeque::new(), order }
    }

    pub(crate) fn put(&mut self, resource: T) {
        self.resources.push_back(resource);
    }

    /// Takes the resource that is next in the order of reuse.
    pub(crate) fn take(&mut self) -> Option<T> {
        match self.order {
            Order::Fifo => self.resources.pop_front(),
            Order::Lifo => self.resources.pop_back(),
        }
    }

    /// Takes up to `count` resources, those that have been idle longest.
    pub(crate) fn take_longest_idle(&mut self, count: usize) -> Vec<T> {
        if count >= self.resources.len() {
            return Vec::from(std::mem::take(&mut self.resources));
        }
        self.resources.drain(..count).collect()
    }

    /// The resource that is `at`th in the order of how long they have been idle.
    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.resources.get_mut(at)
    }

    pub(crate) fn remove(&mut self, at: usize) -> Option<T> {
        self.resources.remove(at)
    }

    pub(crate) fn len(&self) -> usize {
        self.resources.len()
    }
}
