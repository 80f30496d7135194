//! The queue of waiters: first in, first out, with O(1) departure from the middle.
//!
//! Nodes live in a slab and are linked by index, each through two links. Through the first run the
//! *queue*, which holds all who wait and decides who is served, and a chain that takes over the
//! whole queue at once when all are told something: a splice, a new epoch, and they are told,
//! however many they are; `next_told` then works them off. Through the second run *unasked*, those
//! for whom no create is in flight, and *given*, those who were given something and have not
//! fetched it: law G2 asks how long ago that was.
//!
//! This module knows who waits and what they were given. It does not count slots and does not
//! decide who is served when: that is `State`.

use std::time::Instant;

use slab::Slab;

use super::outcome::{Asker, Grant, Key, Standing, Verdict};

/// The end of a chain.
const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(crate) struct Waiters<T, E, W> {
    nodes: Slab<Node<T, E, W>>,
    queue: Chain,
    told: Chain,
    unasked: Chain,
    given: Chain,
    /// The last of those at the head of `queue` who had to leave it and came back: who comes back
    /// next stands behind it.
    front: u32,
    /// Nodes in `queue`.
    len: usize,
    /// A waiting node of another epoch is in `told`, one of this epoch in `queue`.
    epoch: u32,
    /// Grows with each node, so that an asker is known from who has its place after it.
    ticket: u64,
    /// The round of sweeping: what was given is that old.
    round: u32,
}

impl<T, E, W> Waiters<T, E, W> {
    pub(crate) fn new() -> Self {
        Self {
            nodes: Slab::new(),
            queue: Chain::EMPTY,
            told: Chain::EMPTY,
            unasked: Chain::EMPTY,
            given: Chain::EMPTY,
            front: NONE,
            len: 0,
            epoch: 0,
            ticket: 0,
            round: 0,
        }
    }

    pub(crate) fn push_back(&mut self, deadline: Option<Instant>) -> Key {
        let key = self.insert(deadline, Role::Unasked);
        self.queue.push_back(&mut self.nodes, Lane::Queue, key.0);
        self.unasked.push_back(&mut self.nodes, Lane::Aside, key.0);
        key
    }

    /// For one that has been waiting and had to leave: before all who have not, and behind those who
    /// came back before.
    pub(crate) fn push_front(&mut self, deadline: Option<Instant>) -> Key {
        let key = self.insert(deadline, Role::Unasked);
        self.stand_in_front(key.0);
        self.unasked.push_front(&mut self.nodes, Lane::Aside, key.0);
        key
    }

    /// For one whose resource is being checked.
    pub(crate) fn push_checking(
        &mut self,
        deadline: Option<Instant>,
        standing: Standing,
    ) -> (Key, Asker) {
        let key = self.insert(deadline, Role::Checking);
        match standing {
            Standing::First => self.stand_in_front(key.0),
            Standing::Last => self.queue.push_back(&mut self.nodes, Lane::Queue, key.0),
        }
        let asker = self.asker(&key);
        (key, asker)
    }

    /// Gives a resource to the oldest waiter; gives it back if there is none.
    pub(crate) fn grant(&mut self, grant: Grant<T>) -> Result<Served<W>, Grant<T>> {
        let head = self.queue.head;
        if head == NONE {
            return Err(grant);
        }
        let served = self.serve(head, Stands::Granted(grant));
        self.give(head);
        Ok(served)
    }

    /// Tells one waiter; does nothing if it is no longer waiting.
    pub(crate) fn tell(&mut self, asker: Asker, verdict: Verdict<E>) -> Option<Served<W>> {
        let waiting = self.waiting(asker)?;
        (waiting.epoch == self.epoch).then(|| self.serve(asker.key, Stands::Told(verdict)))
    }

    /// Moves all waiters out of the queue at once, to be told by `next_told`.
    pub(crate) fn tell_all(&mut self) {
        // A right that was not fetched is found, and given on, by who tells its waiter.
        self.told.append(&mut self.nodes, Lane::Queue, self.queue);
        self.queue = Chain::EMPTY;
        self.unasked = Chain::EMPTY;
        self.front = NONE;
        self.len = 0;
        self.epoch = self.epoch.wrapping_add(1);
    }

    /// Tells the next of those whom `tell_all` moved; there must be one.
    pub(crate) fn next_told(&mut self, verdict: Verdict<E>) -> Served<W> {
        self.serve(self.told.head, Stands::Told(verdict))
    }

    pub(crate) fn any_to_tell(&self) -> bool {
        self.told.head != NONE
    }

    /// Gives the oldest waiter for whom no create is in flight the right to one; there must be one.
    pub(crate) fn entrust(&mut self) -> Served<W> {
        let head = self.unasked.head;
        self.set_role(head, Role::Entrusted);
        self.give(head);
        let node = &mut self.nodes[head as usize];
        let (token, has_deadline) = (node.token.take(), node.deadline.is_some());
        Served { token, had_permit: false, has_deadline }
    }

    /// Somebody looks who was given the right to a create: it fetches it.
    pub(crate) fn fetch_permit(&mut self, key: &Key) -> Asker {
        self.set_role(key.0, Role::Creating);
        self.asker(key)
    }

    /// The create or check that is in flight for a waiter has ended. The waiter goes to the head of
    /// those who have none, as it has been waiting longest but for others whose creates ended
    /// beside it.
    pub(crate) fn end_work(&mut self, asker: Asker) {
        if self.waiting(asker).is_some() {
            self.set_role(asker.key, Role::Unasked);
        }
    }

    /// What stands at a waiter's place.
    pub(crate) fn look(&self, key: &Key) -> Place {
        match &self.nodes[key.0 as usize].stands {
            Stands::Waiting(waiting) => {
                Place::Waiting { role: waiting.role, to_be_told: waiting.epoch != self.epoch }
            }
            Stands::Granted(_) | Stands::Told(_) => Place::Served,
            Stands::Absent => Place::Absent,
        }
    }

    /// Where a waiter's wake token is kept.
    pub(crate) fn token(&mut self, key: &Key) -> &mut Option<W> {
        &mut self.nodes[key.0 as usize].token
    }

    /// Gives up a place and whatever was left there.
    #[expect(clippy::needless_pass_by_value, reason = "a place is left once")]
    pub(crate) fn leave(&mut self, key: Key) -> Left<T, E, W> {
        let Node { stands, token, in_queue, aside, deadline, .. } =
            self.nodes.remove(key.0 as usize);
        match stands {
            Stands::Granted(grant) => {
                self.given.unlink(&mut self.nodes, Lane::Aside, aside);
                Left::Granted(grant)
            }
            Stands::Told(verdict) => Left::Told(verdict),
            Stands::Absent => Left::Nothing,
            Stands::Waiting(waiting) => {
                let has_deadline = deadline.is_some();
                let had_permit = self.unlink(key.0, &waiting, in_queue, aside);
                Left::Waiting(Served { token, had_permit, has_deadline })
            }
        }
    }

    /// Begins another round: what is in `given` by now has been there for one more.
    pub(crate) fn next_round(&mut self) {
        self.round = self.round.wrapping_add(1);
    }

    /// Whether anything was given and has not been fetched.
    pub(crate) fn any_given(&self) -> bool {
        self.given.head != NONE
    }

    /// The first of those who have not fetched what they were given, in the order of giving.
    pub(super) fn first_given(&self) -> Option<Given> {
        self.given_at(self.given.head)
    }

    /// The next of them.
    pub(super) fn given_after(&self, given: Given) -> Option<Given> {
        self.given_at(self.nodes[given.key as usize].aside.next)
    }

    /// Takes back what somebody has not fetched. It is out of the queue until it looks.
    pub(crate) fn take_back(&mut self, given: Given) -> Left<T, E, W> {
        let key = given.key;
        if given.is_permit {
            return Left::Waiting(self.serve(key, Stands::Absent));
        }
        let node = &mut self.nodes[key as usize];
        let (stood, aside) = (std::mem::replace(&mut node.stands, Stands::Absent), node.aside);
        self.given.unlink(&mut self.nodes, Lane::Aside, aside);
        match stood {
            Stands::Granted(grant) => Left::Granted(grant),
            Stands::Waiting(_) | Stands::Told(_) | Stands::Absent => Left::Nothing,
        }
    }

    /// Takes what was given last and is not fetched, a resource or the right to a create. Its waiter
    /// waits again, as the first.
    pub(crate) fn take_over(&mut self) -> Left<T, E, W> {
        let key = self.given.tail;
        let Some(node) = self.nodes.get_mut(key as usize) else { return Left::Nothing };
        if let Stands::Waiting(Waiting { epoch, .. }) = node.stands {
            // Who is to be told something keeps its right until then.
            if epoch != self.epoch {
                return Left::Nothing;
            }
            let has_deadline = node.deadline.is_some();
            self.set_role(key, Role::Unasked);
            return Left::Waiting(Served { token: None, had_permit: true, has_deadline });
        }
        self.ticket += 1;
        let waiting = Waiting { role: Role::Unasked, epoch: self.epoch, ticket: self.ticket };
        let stood = std::mem::replace(&mut node.stands, Stands::Waiting(waiting));
        let aside = node.aside;
        let Stands::Granted(grant) = stood else {
            unreachable!("what is in `given` is a resource or a right")
        };
        self.given.unlink(&mut self.nodes, Lane::Aside, aside);
        self.stand_in_front(key);
        self.unasked.push_front(&mut self.nodes, Lane::Aside, key);
        self.len += 1;
        Left::Granted(grant)
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether anybody waits for whom no create is in flight.
    pub(crate) fn any_unasked(&self) -> bool {
        self.unasked.head != NONE
    }

    fn asker(&self, key: &Key) -> Asker {
        match &self.nodes[key.0 as usize].stands {
            Stands::Waiting(waiting) => Asker { key: key.0, ticket: waiting.ticket },
            _ => unreachable!("whoever asks waits"),
        }
    }

    fn waiting(&self, asker: Asker) -> Option<&Waiting> {
        match &self.nodes.get(asker.key as usize)?.stands {
            Stands::Waiting(waiting) if waiting.ticket == asker.ticket => Some(waiting),
            _ => None,
        }
    }

    fn given_at(&self, key: u32) -> Option<Given> {
        let Node { since, deadline, ref stands, .. } = *self.nodes.get(key as usize)?;
        let rounds = self.round.wrapping_sub(since);
        Some(Given { key, rounds, deadline, is_permit: matches!(stands, Stands::Waiting(_)) })
    }

    fn insert(&mut self, deadline: Option<Instant>, role: Role) -> Key {
        self.ticket += 1;
        let node = Node {
            stands: Stands::Waiting(Waiting { role, epoch: self.epoch, ticket: self.ticket }),
            token: None,
            in_queue: Link::LOOSE,
            aside: Link::LOOSE,
            deadline,
            since: 0,
        };
        let key = u32::try_from(self.nodes.insert(node))
            .ok()
            .filter(|&key| key != NONE)
            .expect("fewer than 2^32 - 1 waiters fit into memory");
        self.len += 1;
        Key(key)
    }

    /// Links a node into the queue behind those who came back before it.
    fn stand_in_front(&mut self, key: u32) {
        match self.front {
            NONE => self.queue.push_front(&mut self.nodes, Lane::Queue, key),
            front => self.queue.insert_after(&mut self.nodes, Lane::Queue, front, key),
        }
        self.front = key;
    }

    /// Puts a node among those who have not fetched what they were given.
    fn give(&mut self, key: u32) {
        self.nodes[key as usize].since = self.round;
        self.given.push_back(&mut self.nodes, Lane::Aside, key);
    }

    /// Replaces a waiting node by what its waiter receives.
    fn serve(&mut self, key: u32, by: Stands<T, E>) -> Served<W> {
        let node = &mut self.nodes[key as usize];
        let Stands::Waiting(waiting) = std::mem::replace(&mut node.stands, by) else {
            unreachable!("a linked node is waiting")
        };
        let (token, has_deadline) = (node.token.take(), node.deadline.is_some());
        let (in_queue, aside) = (node.in_queue, node.aside);
        let had_permit = self.unlink(key, &waiting, in_queue, aside);
        Served { token, had_permit, has_deadline }
    }

    /// Closes the gaps that a node leaves which was waiting. Whether it had an unused right to a
    /// create.
    fn unlink(&mut self, key: u32, waiting: &Waiting, in_queue: Link, aside: Link) -> bool {
        self.leave_aside(waiting.role, waiting.epoch, aside);
        if waiting.epoch == self.epoch {
            if key == self.front {
                self.front = in_queue.previous;
            }
            self.queue.unlink(&mut self.nodes, Lane::Queue, in_queue);
            self.len -= 1;
        } else {
            self.told.unlink(&mut self.nodes, Lane::Queue, in_queue);
        }
        waiting.role == Role::Entrusted
    }

    /// Changes a waiter's role, and the chain that goes with it.
    fn set_role(&mut self, key: u32, role: Role) {
        let node = &mut self.nodes[key as usize];
        let Stands::Waiting(waiting) = &mut node.stands else {
            unreachable!("only who waits has a role")
        };
        let before = std::mem::replace(&mut waiting.role, role);
        let (epoch, aside) = (waiting.epoch, node.aside);
        self.leave_aside(before, epoch, aside);
        if role == Role::Unasked && epoch == self.epoch {
            self.unasked.push_front(&mut self.nodes, Lane::Aside, key);
        }
    }

    fn leave_aside(&mut self, role: Role, epoch: u32, aside: Link) {
        match role {
            // `tell_all` has let go of the whole chain.
            Role::Unasked if epoch == self.epoch => {
                self.unasked.unlink(&mut self.nodes, Lane::Aside, aside);
            }
            Role::Entrusted => self.given.unlink(&mut self.nodes, Lane::Aside, aside),
            Role::Unasked | Role::Creating | Role::Checking => {}
        }
    }
}

/// What stands at a waiter's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Waiting {
        role: Role,
        /// It is out of the queue, and `next_told` will reach it.
        to_be_told: bool,
    },
    Served,
    /// What it was given was taken back: it is out of the queue.
    Absent,
}

/// What a waiter left behind.
#[derive(Debug)]
pub(crate) enum Left<T, E, W> {
    Waiting(Served<W>),
    Granted(Grant<T>),
    Told(Verdict<E>),
    Nothing,
}

/// A waiter that waits no more, or was given something.
#[derive(Debug)]
#[must_use = "its token is to be woken, its permit to be given on"]
pub(crate) struct Served<W> {
    pub(crate) token: Option<W>,
    /// It had been given a permit and had not begun to use it.
    pub(crate) had_permit: bool,
    /// Its get has no time without end.
    pub(crate) has_deadline: bool,
}

/// Something that was given to a waiter, which has not fetched it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    key: u32,
    /// So many rounds of sweeping ago, the one under way included.
    pub(crate) rounds: u32,
    /// When its get has no more time.
    pub(crate) deadline: Option<Instant>,
    /// The right to a create; otherwise a resource.
    pub(crate) is_permit: bool,
}

/// What is done for a waiter meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nothing; only then it is in `unasked`.
    Unasked,
    /// It was given the right to a create, and has not looked since; only then it waits in `given`.
    Entrusted,
    /// A create was begun for it.
    Creating,
    /// A resource that it was lent is being checked.
    Checking,
}

#[derive(Clone, Debug)]
struct Node<T, E, W> {
    stands: Stands<T, E>,
    /// `None` once it was woken: the waiter leaves another when it looks.
    token: Option<W>,
    in_queue: Link,
    aside: Link,
    deadline: Option<Instant>,
    /// The round in which it was given what it has not fetched.
    since: u32,
}

#[derive(Clone, Debug)]
enum Stands<T, E> {
    Waiting(Waiting),
    /// In `given`.
    Granted(Grant<T>),
    Told(Verdict<E>),
    Absent,
}

#[derive(Clone, Debug)]
struct Waiting {
    role: Role,
    epoch: u32,
    ticket: u64,
}

/// Which of a node's two links a chain runs through.
#[derive(Clone, Copy, Debug)]
enum Lane {
    Queue,
    Aside,
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

    fn insert_after<T, E, W>(
        &mut self,
        nodes: &mut Slab<Node<T, E, W>>,
        lane: Lane,
        at: u32,
        key: u32,
    ) {
        let next = std::mem::replace(&mut link(nodes, lane, at).next, key);
        *link(nodes, lane, key) = Link { previous: at, next };
        match next {
            NONE => self.tail = key,
            next => link(nodes, lane, next).previous = key,
        }
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
    let node = &mut nodes[key as usize];
    match lane {
        Lane::Queue => &mut node.in_queue,
        Lane::Aside => &mut node.aside,
    }
}

/// What the naive model is compared with: places in order.
#[cfg(any(test, fuzzing))]
#[derive(Debug)]
pub(super) struct Chains {
    pub(super) queue: Vec<Key>,
    pub(super) unasked: Vec<Key>,
    pub(super) told: Vec<Key>,
    /// With how many rounds ago, and whether it is a permit.
    pub(super) given: Vec<(Key, u32, bool)>,
    pub(super) with_token: Vec<Key>,
}

#[cfg(any(test, fuzzing))]
impl<T, E, W> Waiters<T, E, W> {
    pub(super) fn chains(&self) -> Chains {
        let key = |key| Key(u32::try_from(key).expect("a key"));
        let given = std::iter::successors(self.first_given(), |given| self.given_after(*given));
        Chains {
            queue: self.queue.keys(&self.nodes, |node| node.in_queue),
            unasked: self.unasked.keys(&self.nodes, |node| node.aside),
            told: self.told.keys(&self.nodes, |node| node.in_queue),
            given: given.map(|given| (Key(given.key), given.rounds, given.is_permit)).collect(),
            with_token: (self.nodes.iter())
                .filter(|(_, node)| node.token.is_some())
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
        link: impl Fn(&Node<T, E, W>) -> Link,
    ) -> Vec<Key> {
        let next = |&key: &u32| Some(link(&nodes[key as usize]).next).filter(|&next| next != NONE);
        let first = Some(self.head).filter(|&head| head != NONE);
        let keys: Vec<Key> = std::iter::successors(first, next).map(Key).collect();
        assert_eq!(keys.last().map_or(NONE, |last| last.0), self.tail, "a chain ends at its tail");
        keys
    }
}
