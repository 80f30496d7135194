//! The pool on embassy's hosted executor.
//!
//! Embassy's tasks are `static`, each declared with how often it may run at the same time, while a
//! pool hands over any number of boxed ones. So one task of embassy's drives all of the pool's. A
//! `Spawner` stays on its thread; what the pool calls from any thread is the sending end of a
//! channel.

use std::future::pending;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use embassy_executor::{SpawnError, Spawner};
use embassy_time::Timer;
use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use pool_core::{Runtime, Sleep, Task};

/// Embassy's timers, and the executor to which [`drive_on`] bound the pools of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Embassy;

/// A pool of resources on embassy.
pub type Pool<P> = pool_core::Pool<P, Embassy>;

static TASKS: OnceLock<UnboundedSender<Task>> = OnceLock::new();

/// Has this executor drive what pools leave to it. Without one, such tasks are dropped.
///
/// # Errors
///
/// [`SpawnError`]: an executor drives them already.
pub fn drive_on(spawner: Spawner) -> Result<(), SpawnError> {
    let (sender, tasks) = unbounded();
    spawner.spawn(drive(tasks)?);
    TASKS.get_or_init(|| sender);
    Ok(())
}

#[embassy_executor::task]
async fn drive(tasks: UnboundedReceiver<Task>) {
    tasks.for_each_concurrent(None, |task| task).await;
}

impl Runtime for Embassy {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        // What embassy's clock can't hold never ends. A tick more, as it counts whole ones.
        let ticks = embassy_time::Duration::try_from(duration).ok();
        let until = ticks.and_then(|ticks| embassy_time::Instant::now().checked_add(ticks));
        match until {
            Some(until) => Box::pin(Timer::at(until + embassy_time::Duration::from_ticks(1))),
            None => Box::pin(pending()),
        }
    }

    fn spawn(&self, task: Task) {
        // Without an executor the task is dropped.
        TASKS.get().map(|tasks| tasks.unbounded_send(task));
    }
}
