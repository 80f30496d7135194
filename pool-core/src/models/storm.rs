//! Eight threads that do everything at once, for longer than any checker could try all orders.

use std::sync::atomic::AtomicU32;

use shuttle::rand::{Rng as _, thread_rng};

use super::checker::{block_on, explore_part};
use super::lab::{
    CHECK, CLOSE, CREATE, Careful, Lab, Plain, Plan, Pool, RESET, Testable, Thing, abandon, get,
    try_get,
};
use crate::pool::builder::Builder;
use crate::shell::item::Item;

const THREADS: usize = 8;

/// The part of all schedules that one storm takes: as much as seven smaller models.
const SHARE: f64 = 0.1;

#[test]
fn a_storm_of_gets_and_returns_strands_nobody() {
    explore_part(SHARE, || {
        let lab = Lab::<Plain>::of(2, Plan::slow(CREATE));
        for _ in 0..THREADS {
            lab.spawn(|pool| {
                for _ in 0..3 {
                    match thread_rng().gen_range(0..4) {
                        0 => abandon(pool),
                        1 => drop(pool.try_get()),
                        _ => drop(get(pool)),
                    }
                }
            });
        }
        lab.ends_whole(2);
    });
}

#[test]
fn a_storm_of_all_operations_and_faults_loses_nothing() {
    explore_part(SHARE, || {
        let settings = |builder: Builder<_, _>| builder.max_size(3).track_holders(true);
        let lab = Lab::<Careful>::built(faulty(), settings);
        for _ in 0..THREADS {
            lab.spawn(|pool| (0..3).for_each(|_| act(pool)));
        }
        lab.join();
        lab.pool.resize(3);
        assert!(lab.pool.holders().is_empty(), "all items have ended");
        lab.ends_whole(3);
    });
}

#[test]
fn a_storm_while_the_minimum_is_kept_loses_nothing() {
    explore_part(SHARE, || {
        let settings = |builder: Builder<_, _>| builder.max_size(3).min_size(2).min_idle(1);
        let lab = Lab::<Plain>::built(faulty(), settings);
        for _ in 0..THREADS {
            lab.spawn(|pool| (0..2).for_each(|_| act(pool)));
        }
        lab.join();
        lab.pool.resize(3);
        lab.ends_whole(3);
    });
}

#[test]
fn a_storm_that_ends_in_a_close_leaves_nothing() {
    explore_part(SHARE, || {
        let plan = Plan { has_no_executor: thread_rng().r#gen(), ..faulty() };
        let lab = Lab::<Careful>::of(3, plan);
        for _ in 0..THREADS {
            lab.spawn(|pool| (0..3).for_each(|_| act(pool)));
        }
        block_on(lab.pool.close());
        assert_eq!(lab.plan.live(), 0, "what the close waited for is gone");
        lab.ends_empty_below(3);
    });
}

#[test]
fn a_storm_with_resources_that_come_and_leave_loses_nothing() {
    explore_part(SHARE, || {
        let lab = Lab::<Careful>::of(3, faulty());
        for _ in 0..THREADS {
            let plan = std::sync::Arc::clone(&lab.plan);
            lab.spawn(move |pool| match thread_rng().gen_range(0..4) {
                0 => {
                    if let Err(refused) = pool.insert(Thing::new(&plan)) {
                        plan.forget(refused.into_resource());
                    }
                }
                1 => drop(try_get(pool).map(Item::detach)),
                2 => drop(pool.retain(|_, usage| usage.times_used() < 2)),
                _ => act(pool),
            });
        }
        lab.join();
        lab.pool.resize(3);
        // Each thread may have had all three in its hands, out of the pool.
        lab.ends_whole_below(3, 3 + 3 * THREADS);
    });
}

/// Every third create fails, and a quarter of the checks; all takes its time.
fn faulty() -> Plan {
    Plan {
        failing: AtomicU32::new(0b0100_1001_0010_0100_1001_0010_0100_1001),
        unfit: AtomicU32::new(0x8888_8888),
        ..Plan::slow(CREATE | CHECK | RESET | CLOSE)
    }
}

/// Does something that anybody might.
fn act<P: Testable>(pool: &Pool<P>) {
    match thread_rng().gen_range(0..12) {
        0 => abandon(pool),
        1 => drop(pool.try_get()),
        2 => drop(try_get(pool).map(Item::discard)),
        3 => {
            pool.resize(thread_rng().gen_range(0..4));
            pool.resize(thread_rng().gen_range(1..4));
        }
        4 => {
            pool.suspend();
            abandon(pool);
            pool.resume();
        }
        5 => pool.invalidate_all(),
        6 => drop(block_on(pool.fill())),
        7 => {
            let status = pool.status();
            let parts = [status.idle, status.in_use, status.creating, status.closing];
            assert_eq!(status.size, parts.iter().sum(), "{status}");
        }
        _ => drop(try_get(pool)),
    }
}
