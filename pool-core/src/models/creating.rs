//! Creates beside all that can come in between: failure, a caller that leaves, a return.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use super::checker::{block_on, explore};
use super::lab::{
    CHECK, CLOSE, CREATE, Careful, Lab, Plain, Plan, abandon, get, poll_once, try_get,
};
use crate::error::GetError;
use crate::pool::builder::Builder;
use crate::shell::item::Item;

/// The first create fails, all others succeed.
fn failing_once() -> Plan {
    Plan { failing: AtomicU32::new(1), ..Plan::slow(CREATE) }
}

#[test]
fn a_create_that_fails_while_a_waiter_parks_strands_nobody() {
    explore(|| {
        let lab = Lab::<Plain>::of(1, failing_once());
        for _ in 0..2 {
            lab.spawn(|pool| match try_get(pool) {
                Ok(item) => drop(item),
                Err(error) => assert!(matches!(error, GetError::Create(_)), "{error:?}"),
            });
        }
        lab.join();
        assert_eq!(lab.pool.counters().create_failed, 1);
        lab.ends_whole(1);
    });
}

#[test]
fn one_of_two_creates_fails_and_strands_nobody() {
    explore(|| {
        let failing_at_once = Plan { failing: AtomicU32::new(1), ..Plan::default() };
        let lab = Lab::<Plain>::of(2, failing_at_once);
        lab.spawn(|pool| drop(try_get(pool)));
        drop(try_get(&lab.pool));
        lab.ends_whole(2);
    });
}

#[test]
fn a_create_that_fails_while_the_last_item_comes_back_strands_nobody() {
    explore(|| {
        let lab = Lab::<Plain>::new(2);
        let item = get(&lab.pool);
        lab.plan.failing.store(1, Relaxed);
        lab.spawn(|pool| drop(try_get(pool)));
        lab.spawn(|pool| drop(try_get(pool)));
        drop(item);
        lab.ends_whole(2);
    });
}

#[test]
fn a_create_whose_caller_left_serves_the_next_get() {
    explore(|| {
        let lab = Lab::<Plain>::of(1, Plan::slow(CREATE));
        lab.spawn(abandon);
        drop(get(&lab.pool));
        lab.ends_whole(1);
    });
}

#[test]
fn a_create_that_no_executor_takes_is_told_to_who_waits() {
    explore(|| {
        let lab = Lab::<Plain>::of(1, Plan { has_no_executor: true, ..Plan::slow(CREATE) });
        lab.spawn(abandon);
        lab.spawn(|pool| assert!(matches!(try_get(pool), Err(GetError::NoExecutor))));
        assert!(matches!(try_get(&lab.pool), Err(GetError::NoExecutor)));
        lab.ends_whole(1);
    });
}

#[test]
fn a_check_whose_get_has_left_serves_the_next() {
    explore(|| {
        let lab = Lab::<Careful>::of(1, Plan::slow(CHECK));
        drop(get(&lab.pool));
        lab.spawn(abandon);
        drop(get(&lab.pool));
        lab.ends_whole(1);
    });
}

#[test]
fn a_closed_pool_waits_for_no_create_in_flight() {
    explore(|| {
        let lab =
            Lab::<Plain>::of(1, Plan { never_made: AtomicBool::new(true), ..Plan::default() });
        let mut kept = Box::pin(lab.pool.get());
        assert!(poll_once(kept.as_mut()).is_pending());
        block_on(lab.pool.close());
        drop(kept);
        lab.ends_empty_below(1);
    });
}

#[test]
fn a_waiter_that_creates_takes_what_comes_back_first() {
    explore(|| {
        let lab = Lab::<Plain>::of(2, Plan::slow(CREATE));
        let item = get(&lab.pool);
        lab.spawn(|pool| drop(get(pool)));
        drop(item);
        lab.ends_whole(2);
    });
}

#[test]
fn room_to_create_goes_to_who_registers_while_an_item_is_discarded() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        let item = get(&lab.pool);
        lab.spawn(|pool| drop(get(pool)));
        lab.spawn(abandon);
        Item::discard(item);
        lab.ends_whole(1);
    });
}

#[test]
fn filling_beside_gets_makes_no_more_than_fits() {
    explore(|| {
        let settings = |builder: Builder<_, _>| builder.max_size(2).min_size(2);
        let lab = Lab::<Plain>::built(Plan::default(), settings);
        lab.spawn(|pool| block_on(pool.fill()).expect("no create fails"));
        drop(get(&lab.pool));
        lab.ends_whole(2);
    });
}

#[test]
fn a_failed_check_with_a_goodbye_strands_nobody() {
    explore(|| {
        let lab = Lab::<Careful>::of(1, Plan::slow(CLOSE));
        drop(get(&lab.pool));
        lab.plan.unfit.store(1, Relaxed);
        lab.spawn(|pool| drop(get(pool)));
        drop(get(&lab.pool));
        lab.ends_whole(1);
    });
}
