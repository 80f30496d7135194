//! The queue of waiters: first in, first out, with O(1) departure from the middle.
//!
//! Nodes live in a slab and are linked by index. Two chains run through the waiting nodes: the
//! *queue* holds all of them and decides who is served; *undriven* holds those that drive no
//! create and decides who is to drive the next one. A third chain takes over the whole queue at
//! once when all are told something: a splice, a new epoch, and they are told, however many they
//! are; `next_told` then works them off.
//!
//! This module knows who waits and what they were given. It does not count slots and does not
//! decide who is served when: that is `State`.

use slab::Slab;

use super::outcome::{Grant, Key, Verdict};

/// The end of a chain.
const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(crate) struct Waiters<T, E, W> {
    nodes: Slab<Node<T, E, W>>,
    queue: Chain,
    undriven: Chain,
    told: Chain,
    /// Nodes in `queue`.
    len: usize,
    /// A waiting node of another epoch is in `told`, one of this epoch in `queue`.
    epoch: u32,
}

impl<T, E, W> Waiters<T, E, W> {
    pub(crate) fn new() -> Self {
        Self {
            nodes: Slab::new(),
            queue: Chain::EMPTY,
            undriven: Chain::EMPTY,
            told: Chain::EMPTY,
            len: 0,
            epoch: 0,
        }
    }

    pub(crate) fn push_back(&mut self) -> Key {
        let key = self.insert();
        self.queue.push_back(&mut self.nodes, Lane::Queue, key.0);
        self.undriven.push_back(&mut self.nodes, Lane::Undriven, key.0);
        key
    }

    pub(crate) fn push_front(&mut self) -> Key {
        let key = self.insert();
        self.queue.push_front(&mut self.nodes, Lane::Queue, key.0);
        self.undriven.push_front(&mut self.nodes, Lane::Undriven, key.0);
        key
    }

    /// Gives a resource to the oldest waiter; gives it back if there is none.
    pub(crate) fn grant(&mut self, grant: Grant<T>) -> Result<Served<W>, Grant<T>> {
        let head = self.queue.head;
        if head == NONE {
            return Err(grant);
        }
        Ok(self.serve(head, Node::Granted(grant)))
    }

    /// Gives a resource to the oldest waiter that drives no create; there must be one.
    pub(crate) fn grant_undriven(&mut self, grant: Grant<T>) -> Served<W> {
        self.serve(self.undriven.head, Node::Granted(grant))
    }

    pub(crate) fn any_undriven(&self) -> bool {
        self.undriven.head != NONE
    }

    /// Tells one waiter; does nothing if it is no longer waiting.
    pub(crate) fn tell(&mut self, key: &Key, verdict: Verdict<E>) -> Option<Served<W>> {
        let waiting = self.nodes[key.0 as usize].waiting()?;
        (waiting.epoch == self.epoch).then(|| self.serve(key.0, Node::Told(verdict)))
    }

    /// Moves all waiters out of the queue at once, to be told by `next_told`.
    pub(crate) fn tell_all(&mut self) {
        self.told.append(&mut self.nodes, Lane::Queue, self.queue);
        self.queue = Chain::EMPTY;
        self.undriven = Chain::EMPTY;
        self.len = 0;
        self.epoch = self.epoch.wrapping_add(1);
    }

    /// Tells the next of those whom `tell_all` moved; there must be one.
    pub(crate) fn next_told(&mut self, verdict: Verdict<E>) -> Served<W> {
        self.serve(self.told.head, Node::Told(verdict))
    }

    pub(crate) fn any_to_tell(&self) -> bool {
        self.told.head != NONE
    }

    /// Gives the oldest waiter that drives no create the right to drive one; there must be one.
    pub(crate) fn entrust(&mut self) -> Option<W> {
        let head = self.undriven.head as usize;
        let waiting = self.nodes[head].waiting_mut().expect("a linked node is waiting");
        waiting.role = Role::Entrusted;
        let (token, place) = (waiting.token.take(), waiting.in_undriven);
        self.undriven.unlink(&mut self.nodes, Lane::Undriven, place);
        token
    }

    /// Ends a waiter's driving. It goes to the head of those that drive none, as it has been
    /// waiting longest but for others whose creates ended beside it.
    pub(crate) fn end_drive(&mut self, key: &Key) {
        let epoch = self.epoch;
        let Some(waiting) = self.nodes[key.0 as usize].waiting_mut() else { return };
        debug_assert_ne!(waiting.role, Role::Undriven, "only a driver's create ends");
        waiting.role = Role::Undriven;
        if waiting.epoch == epoch {
            self.undriven.push_front(&mut self.nodes, Lane::Undriven, key.0);
        }
    }

    /// What stands at a waiter's place.
    pub(crate) fn look(&mut self, key: &Key) -> Place<'_, W> {
        match &mut self.nodes[key.0 as usize] {
            Node::Waiting(waiting) => {
                let to_be_told = waiting.epoch != self.epoch;
                Place::Waiting { waiting, to_be_told }
            }
            Node::Granted(_) | Node::Told(_) => Place::Served,
        }
    }

    /// Gives up a place and whatever was left there.
    #[expect(clippy::needless_pass_by_value, reason = "a place is left once")]
    pub(crate) fn leave(&mut self, key: Key) -> Left<T, E, W> {
        match self.nodes.remove(key.0 as usize) {
            Node::Granted(grant) => Left::Granted(grant),
            Node::Told(verdict) => Left::Told(verdict),
            Node::Waiting(waiting) => Left::Waiting(self.unlink(waiting)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn insert(&mut self) -> Key {
        let waiting = Waiting {
            token: None,
            in_queue: Link::LOOSE,
            in_undriven: Link::LOOSE,
            epoch: self.epoch,
            role: Role::Undriven,
        };
        let key = u32::try_from(self.nodes.insert(Node::Waiting(waiting)))
            .ok()
            .filter(|&key| key != NONE)
            .expect("fewer than 2^32 - 1 waiters fit into memory");
        self.len += 1;
        Key(key)
    }

    /// Replaces a waiting node by what its waiter receives.
    fn serve(&mut self, key: u32, by: Node<T, E, W>) -> Served<W> {
        match std::mem::replace(&mut self.nodes[key as usize], by) {
            Node::Waiting(waiting) => self.unlink(waiting),
            Node::Granted(_) | Node::Told(_) => unreachable!("a linked node is waiting"),
        }
    }

    /// Closes the gaps that a node leaves which was waiting.
    fn unlink(&mut self, waiting: Waiting<W>) -> Served<W> {
        if waiting.epoch == self.epoch {
            self.queue.unlink(&mut self.nodes, Lane::Queue, waiting.in_queue);
            self.len -= 1;
            if waiting.role == Role::Undriven {
                self.undriven.unlink(&mut self.nodes, Lane::Undriven, waiting.in_undriven);
            }
        } else {
            self.told.unlink(&mut self.nodes, Lane::Queue, waiting.in_queue);
        }
        Served { token: waiting.token, had_permit: waiting.role == Role::Entrusted }
    }
}

/// What stands at a waiter's place.
#[derive(Debug)]
pub(crate) enum Place<'a, W> {
    Waiting {
        waiting: &'a mut Waiting<W>,
        /// It is out of the queue, and `next_told` will reach it.
        to_be_told: bool,
    },
    Served,
}

/// What a waiter left behind.
#[derive(Debug)]
pub(crate) enum Left<T, E, W> {
    Waiting(Served<W>),
    Granted(Grant<T>),
    Told(Verdict<E>),
}

/// A waiter that waits no more.
#[derive(Debug)]
#[must_use = "its token is to be woken, its permit to be given on"]
pub(crate) struct Served<W> {
    pub(crate) token: Option<W>,
    /// It had been given a permit and had not begun to use it.
    pub(crate) had_permit: bool,
}

/// A waiter's part in creating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It drives no create; only then it is in `undriven`.
    Undriven,
    /// It was given a permit and has not looked since.
    Entrusted,
    /// It holds the create it drives; the permit is that create's.
    Driving,
}

#[derive(Clone, Debug)]
pub(crate) struct Waiting<W> {
    /// `None` once it was woken: the waiter leaves another when it looks.
    pub(crate) token: Option<W>,
    pub(crate) role: Role,
    in_queue: Link,
    in_undriven: Link,
    epoch: u32,
}

#[derive(Clone, Debug)]
enum Node<T, E, W> {
    Waiting(Waiting<W>),
    Granted(Grant<T>),
    Told(Verdict<E>),
}

impl<T, E, W> Node<T, E, W> {
    fn waiting(&self) -> Option<&Waiting<W>> {
        match self {
            Self::Waiting(waiting) => Some(waiting),
            Self::Granted(_) | Self::Told(_) => None,
        }
    }

    fn waiting_mut(&mut self) -> Option<&mut Waiting<W>> {
        match self {
            Self::Waiting(waiting) => Some(waiting),
            Self::Granted(_) | Self::Told(_) => None,
        }
    }
}

/// Which of a node's two links a chain runs through.
#[derive(Clone, Copy, Debug)]
enum Lane {
    Queue,
    Undriven,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    previous: u32,
    next: u32,
}

impl Link {
    const LOOSE: Self = Self { previous: NONE, next: NONE };
}

/// A doubly linked list through the nodes of a slab.
#[derive(Clone, Copy, Debug)]
struct Chain {
    head: u32,
    tail: u32,
}

impl Chain {
    const EMPTY: Self = Self { head: NONE, tail: NONE };

    fn push_back<T, E, W>(&mut self, nodes: &mut Slab<Node<T, E, W>>, lane: Lane, key: u32) {
        *link(nodes, lane, key) = Link { previous: self.tail, next: NONE };
        match self.tail {
            NONE => self.head = key,
            tail => link(nodes, lane, tail).next = key,
        }
        self.tail = key;
    }

    fn push_front<T, E, W>(&mut self, nodes: &mut Slab<Node<T, E, W>>, lane: Lane, key: u32) {
        *link(nodes, lane, key) = Link { previous: NONE, next: self.head };
        match self.head {
            NONE => self.tail = key,
            head => link(nodes, lane, head).previous = key,
        }
        self.head = key;
    }

    /// Closes the gap that a node leaves which was linked here.
    fn unlink<T, E, W>(&mut self, nodes: &mut Slab<Node<T, E, W>>, lane: Lane, gap: Link) {
        let Link { previous, next } = gap;
        match previous {
            NONE => self.head = next,
            previous => link(nodes, lane, previous).next = next,
        }
        match next {
            NONE => self.tail = previous,
            next => link(nodes, lane, next).previous = previous,
        }
    }

    fn append<T, E, W>(&mut self, nodes: &mut Slab<Node<T, E, W>>, lane: Lane, other: Self) {
        if other.head == NONE {
            return;
        }
        match self.tail {
            NONE => self.head = other.head,
            tail => {
                link(nodes, lane, tail).next = other.head;
                link(nodes, lane, other.head).previous = tail;
            }
        }
        self.tail = other.tail;
    }
}

fn link<T, E, W>(nodes: &mut Slab<Node<T, E, W>>, lane: Lane, key: u32) -> &mut Link {
    let waiting = nodes[key as usize].waiting_mut().expect("a linked node is waiting");
    match lane {
        Lane::Queue => &mut waiting.in_queue,
        Lane::Undriven => &mut waiting.in_undriven,
    }
}

/// What the naive model is compared with: places in order.
#[cfg(any(test, fuzzing))]
#[derive(Debug)]
pub(super) struct Chains {
    pub(super) queue: Vec<Key>,
    pub(super) undriven: Vec<Key>,
    pub(super) told: Vec<Key>,
    pub(super) entrusted: Vec<Key>,
    pub(super) with_token: Vec<Key>,
}

#[cfg(any(test, fuzzing))]
impl<T, E, W> Waiters<T, E, W> {
    pub(super) fn chains(&self) -> Chains {
        let waiting = || self.nodes.iter().filter_map(|(key, node)| Some((key, node.waiting()?)));
        let key = |key| Key(u32::try_from(key).expect("a key"));
        Chains {
            queue: self.queue.keys(&self.nodes, |waiting| waiting.in_queue),
            undriven: self.undriven.keys(&self.nodes, |waiting| waiting.in_undriven),
            told: self.told.keys(&self.nodes, |waiting| waiting.in_queue),
            entrusted: waiting()
                .filter(|(_, waiting)| waiting.role == Role::Entrusted)
                .map(|(index, _)| key(index))
                .collect(),
            with_token: waiting()
                .filter(|(_, waiting)| waiting.token.is_some())
                .map(|(index, _)| key(index))
                .collect(),
        }
    }
}

#[cfg(any(test, fuzzing))]
impl Chain {
    fn keys<T, E, W>(
        self,
        nodes: &Slab<Node<T, E, W>>,
        link: impl Fn(&Waiting<W>) -> Link,
    ) -> Vec<Key> {
        let waiting = |key: u32| nodes[key as usize].waiting().expect("a linked node is waiting");
        let next = |&key: &u32| Some(link(waiting(key)).next).filter(|&next| next != NONE);
        let first = Some(self.head).filter(|&head| head != NONE);
        let keys: Vec<Key> = std::iter::successors(first, next).map(Key).collect();
        assert_eq!(keys.last().map_or(NONE, |last| last.0), self.tail, "a chain ends at its tail");
        keys
    }
}
