//! Ends: of a resource, of the room for it, of the pool.

use std::time::Duration;

use super::checker::{block_on, explore, thread};
use super::lab::{CLOSE, CREATE, Careful, Lab, Plain, Plan, RESET, get, try_get};
use crate::error::GetError;
use crate::pool::builder::Builder;
use crate::shell::item::Item;

#[test]
fn a_get_beside_close_and_a_return_is_served_or_told() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        let item = get(&lab.pool);
        lab.spawn(|pool| match try_get(pool) {
            Ok(item) => drop(item),
            Err(error) => assert!(matches!(error, GetError::Closed), "{error:?}"),
        });
        lab.spawn(|_| drop(item));
        block_on(lab.pool.close());
        assert_eq!(lab.plan.live(), 0);
        lab.ends_empty_below(1);
    });
}

#[test]
fn a_get_that_creates_beside_close_is_served_or_told() {
    explore(|| {
        let lab = Lab::<Careful>::of(1, Plan::slow(CREATE));
        lab.spawn(|pool| drop(try_get(pool)));
        block_on(lab.pool.close());
        assert_eq!(lab.plan.live(), 0);
        lab.ends_empty_below(1);
    });
}

#[test]
fn who_awaits_the_close_hears_of_it() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        lab.spawn(|pool| block_on(pool.closed()));
        lab.spawn(|pool| block_on(pool.closed()));
        drop(lab.pool.close());
        lab.ends_empty_below(1);
    });
}

#[test]
fn the_last_item_and_the_last_handle_may_go_at_once() {
    explore(|| {
        let lab = Lab::<Careful>::of(2, Plan::slow(CLOSE));
        let (one, other) = (get(&lab.pool), get(&lab.pool));
        lab.spawn_without_pool(|| drop(one));
        lab.spawn_without_pool(|| drop(other));
        lab.ends_dropped_below(2);
    });
}

#[test]
fn a_get_beside_growing_and_a_return_is_served() {
    explore(|| {
        let lab = Lab::<Plain>::of(1, Plan::slow(CREATE));
        let item = get(&lab.pool);
        lab.spawn(|pool| drop(get(pool)));
        lab.spawn(|pool| pool.resize(2));
        drop(item);
        lab.ends_whole(2);
    });
}

#[test]
fn shrinking_beside_returns_settles_and_serves() {
    explore(|| {
        let lab = Lab::<Plain>::new(2);
        let (one, other) = (get(&lab.pool), get(&lab.pool));
        lab.spawn(|pool| drop(get(pool)));
        lab.spawn(|_| drop((one, other)));
        lab.pool.resize(1);
        block_on(lab.pool.settled());
        assert!(lab.plan.live() <= 1);
        lab.ends_whole_below(1, 2);
    });
}

#[test]
fn a_waiter_entrusted_with_room_that_is_taken_away_waits_for_more() {
    explore(|| {
        let lab = Lab::<Plain>::new(0);
        lab.spawn(|pool| drop(get(pool)));
        for max_size in [1, 0, 1] {
            lab.pool.resize(max_size);
        }
        lab.ends_whole(1);
    });
}

#[test]
fn a_resource_that_is_reset_goes_on_to_who_registers() {
    explore(|| {
        let lab = Lab::<Careful>::of(1, Plan::slow(RESET));
        let item = get(&lab.pool);
        lab.spawn(|pool| drop(get(pool)));
        drop(item);
        lab.ends_whole(1);
    });
}

#[test]
fn a_reset_that_the_executor_drops_leaves_room_to_who_registers() {
    explore(|| {
        let plan = Plan { has_no_executor: true, ..Plan::slow(RESET) };
        let lab = Lab::<Careful>::of(1, plan);
        let item = get(&lab.pool);
        lab.spawn(|pool| drop(get(pool)));
        lab.spawn(|pool| drop(get(pool)));
        drop(item);
        lab.ends_whole(1);
    });
}

#[test]
fn a_goodbye_leaves_room_to_who_registers() {
    explore(|| {
        let lab = Lab::<Careful>::of(1, Plan::slow(CLOSE));
        let item = get(&lab.pool);
        lab.spawn(|pool| Item::discard(get(pool)));
        Item::discard(item);
        lab.ends_whole(1);
    });
}

#[test]
fn a_detached_resource_leaves_room_to_who_registers() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        let item = get(&lab.pool);
        lab.spawn(|pool| drop(get(pool)));
        lab.spawn(|pool| drop(get(pool)));
        drop(Item::detach(item));
        lab.ends_whole_below(1, 2);
    });
}

#[test]
fn what_is_invalidated_while_it_comes_back_serves_nobody() {
    explore(|| {
        let lab = Lab::<Plain>::new(1);
        let item = get(&lab.pool);
        lab.spawn(|pool| drop(get(pool)));
        lab.spawn(|_| drop(item));
        lab.pool.invalidate_all();
        drop(get(&lab.pool));
        lab.join();
        assert_eq!(lab.pool.counters().created, 2);
        lab.ends_whole(1);
    });
}

#[test]
fn one_task_maintains_the_pool_and_ends_with_it() {
    explore(|| {
        let settings = |builder: Builder<_, _>| builder.max_size(2).idle_timeout(Duration::MAX);
        let lab = Lab::<Plain>::built(Plan::default(), settings);
        let pool = lab.pool.clone();
        let other = thread::spawn(move || drop(get(&pool)));
        drop(get(&lab.pool));
        other.join().expect("a thread that panics ends the model");
        assert_eq!(lab.running(), 1, "one task, whoever created first");
        drop(lab.pool.close());
        lab.ends_empty_below(2);
    });
}
