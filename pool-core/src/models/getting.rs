//! Gets beside returns: the hand-over, its window, its cancellation, its waker.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Wake, Waker};

use super::checker::{block_on, explore, thread};
use super::lab::{CHECK, Careful, Lab, Plain, Plan, Pool, Thing, abandon, get, poll_once, try_get};
use crate::error::TryGetError;
use crate::shell::item::Item;

#[test]
fn one_resource_goes_from_hand_to_hand() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        for _ in 0..2 {
            lab.spawn(|pool| drop(get(pool)));
        }
        drop(get(&lab.pool));
        lab.ends_whole(1);
    });
}

#[test]
fn a_get_that_registers_while_the_last_item_comes_back_is_served() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        let item = get(&lab.pool);
        lab.spawn(|pool| drop(get(pool)));
        drop(item);
        lab.ends_whole(1);
    });
}

#[test]
fn two_items_that_come_back_at_once_serve_two_gets() {
    explore(|| {
        let lab = Lab::<Plain>::new(2);
        let (one, other) = (get(&lab.pool), get(&lab.pool));
        lab.spawn(|pool| drop(get(pool)));
        lab.spawn(|_| drop(one));
        drop(other);
        drop(get(&lab.pool));
        lab.ends_whole(2);
    });
}

#[test]
fn a_cancelled_grant_goes_to_the_next_waiter() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        let item = get(&lab.pool);
        lab.spawn(abandon);
        lab.spawn(|pool| drop(get(pool)));
        drop(item);
        lab.ends_whole(1);
    });
}

#[test]
fn a_get_that_is_cancelled_while_the_item_comes_back_leaves_it_idle() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        let item = get(&lab.pool);
        lab.spawn(abandon);
        lab.spawn(|_| drop(item));
        abandon(&lab.pool);
        lab.ends_whole(1);
    });
}

#[test]
fn a_waiter_that_moves_to_another_thread_is_woken_there() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        let item = get(&lab.pool);
        let mut getting = getting(&lab.pool);
        assert!(poll_once(getting.as_mut()).is_pending());
        lab.spawn(|_| drop(block_on(getting)));
        drop(item);
        lab.ends_whole(1);
    });
}

#[test]
fn a_waker_may_call_the_pool() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        let item = get(&lab.pool);
        let nosy = Arc::new(Nosy(lab.pool.clone()));
        let mut getting = getting(&lab.pool);
        {
            let waker = Waker::from(Arc::clone(&nosy));
            assert!(getting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        let caller = Arc::downgrade(&nosy);
        drop(nosy);
        lab.spawn(|_| drop(item));
        drop(block_on(getting));
        lab.join();
        assert!(caller.upgrade().is_none(), "the waker has been woken or replaced");
        lab.ends_whole(1);
    });
}

#[test]
fn try_get_beside_a_return_takes_it_or_leaves_it_to_the_waiter() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        let item = get(&lab.pool);
        lab.spawn(|pool| match pool.try_get() {
            Ok(item) => drop(item),
            Err(error) => assert_eq!(error, TryGetError::Empty, "open"),
        });
        lab.spawn(|pool| drop(get(pool)));
        drop(item);
        lab.ends_whole(1);
    });
}

#[test]
fn what_try_get_leaves_to_the_executor_comes_back() {
    explore(|| {
        let lab = Lab::<Careful>::of(1, Plan::slow(CHECK));
        drop(get(&lab.pool));
        lab.spawn(|pool| drop(pool.try_get()));
        drop(get(&lab.pool));
        lab.ends_whole(1);
    });
}

#[test]
fn a_resource_made_elsewhere_goes_to_who_registers() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        let item = get(&lab.pool);
        let plan = Arc::clone(&lab.plan);
        lab.pool.resize(0);
        lab.spawn(|pool| drop(get(pool)));
        lab.spawn(move |pool| {
            drop(Item::detach(item));
            pool.resize(1);
        });
        if let Err(error) = lab.pool.insert(Thing::new(&plan)) {
            plan.forget(error.into_resource());
        }
        lab.ends_whole_below(1, 3);
    });
}

#[test]
fn a_get_beside_suspend_and_resume_is_served() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        drop(get(&lab.pool));
        lab.spawn(|pool| drop(get(pool)));
        lab.pool.suspend();
        assert!(lab.pool.is_suspended());
        lab.pool.resume();
        lab.ends_whole(1);
    });
}

#[test]
fn an_item_that_comes_back_while_the_pool_is_suspended_is_kept_for_the_waiter() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        let item = get(&lab.pool);
        lab.spawn(|pool| drop(get(pool)));
        lab.spawn(|_| drop(item));
        lab.pool.suspend();
        lab.pool.resume();
        lab.ends_whole(1);
    });
}

#[test]
fn a_failed_check_strands_nobody() {
    explore(|| {
        let lab = Lab::<Careful>::new(1);
        drop(get(&lab.pool));
        lab.plan.unfit.store(1, Relaxed);
        lab.spawn(|pool| drop(try_get(pool)));
        lab.spawn(|pool| drop(try_get(pool)));
        lab.ends_whole(1);
    });
}

/// A get that may move to another thread.
fn getting(pool: &Pool<Plain>) -> Pin<Box<dyn Future<Output = Item<Plain>> + Send>> {
    let pool = pool.clone();
    Box::pin(async move { pool.get().await.expect("no create fails and the pool is open") })
}

/// A waker that calls the pool when it is woken and when it is dropped.
struct Nosy(Pool<Plain>);

impl Wake for Nosy {
    fn wake(self: Arc<Self>) {
        assert_eq!(self.0.status().max_size, 1);
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        assert_eq!(self.0.status().max_size, 1);
    }
}

#[test]
fn what_a_get_that_is_never_polled_again_was_given_goes_to_the_next() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        let item = get(&lab.pool);
        let mut frozen = getting(&lab.pool);
        assert!(poll_once(frozen.as_mut()).is_pending());
        lab.spawn(|pool| drop(get(pool)));
        drop(item);
        // Whoever sweeps comes again as long as anybody waits.
        while lab.pool.counters().served < 2 {
            lab.sweep();
            thread::yield_now();
        }
        drop(frozen);
        lab.ends_whole(1);
    });
}

#[test]
fn a_get_fetches_what_it_was_given_beside_who_takes_it_back() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        let item = get(&lab.pool);
        let mut late = getting(&lab.pool);
        let mut other = getting(&lab.pool);
        assert!(poll_once(late.as_mut()).is_pending());
        assert!(poll_once(other.as_mut()).is_pending());
        drop(item);
        lab.spawn(|_| drop(block_on(late)));
        lab.spawn(|_| drop(block_on(other)));
        lab.sweep();
        lab.sweep();
        lab.ends_whole(1);
    });
}
