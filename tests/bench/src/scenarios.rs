//! What is compared; one file for each theme.

mod bindings;
mod blocking;
pub(crate) mod cases;
mod creates;
mod crowd;
mod hit;
mod leave;
mod observed;
mod parked;
mod resize;
mod sizes;
mod threads;

use tokio::task::yield_now;

use crate::contenders::{Contender, Settings, warm};
use crate::harness::Scenario;

/// All of them, in the order in which they are told.
pub(crate) fn all() -> Vec<Scenario> {
    vec![
        hit::one_task(),
        hit::try_get(),
        hit::configured(),
        bindings::bindings(),
        observed::observed(),
        threads::threads(),
        crowd::tasks(),
        crowd::crowd(),
        crowd::waits(),
        parked::bytes(),
        parked::drain(),
        leave::leave(),
        creates::burst(),
        resize::under_load(),
        blocking::hit(),
        blocking::crowd(),
        sizes::sizes(),
    ]
}

/// A pool of so many idle blocks that has been used for a while.
async fn hot<C: Contender>(settings: Settings) -> C {
    let pool = warm::<C>(settings).await;
    for _ in 0..1000 {
        drop(pool.get().await.expect("idle"));
    }
    yield_now().await;
    pool
}
