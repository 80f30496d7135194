//! A spike: 50 callers of 2 ms at once, where 5 resources are idle and a create takes so long
//! that it is always better to wait for what comes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::backend::{Backend, Plan};
use crate::contenders::{Contender, Settings};
use crate::figure::Figure;
use crate::situations::{fill, size};

/// What the callers of one spike saw.
struct Spike {
    /// How long each took, wait and work together, the quickest first.
    times: Vec<Duration>,
    /// What has been created, the idle ones included.
    creates: usize,
}

impl Spike {
    fn median(&self) -> Duration {
        self.times[self.times.len() / 2]
    }

    fn last(&self) -> Duration {
        *self.times.last().expect("there are callers")
    }
}

pub(crate) async fn spike<C: Contender>() -> Vec<Figure> {
    // The best that anybody can do with what is idle.
    let floor = of_semaphore().await;
    let free = of_pool::<C>(None).await.expect("every contender has these settings");
    let capped = of_pool::<C>(Some(1)).await;
    let can_cap = capped.is_some();
    let capped = capped.as_ref().unwrap_or(&free);
    vec![
        Figure::time("a bare semaphore's last caller is done", Some(floor.last())),
        Figure::time("median caller is done", Some(free.median())),
        Figure::time("last caller is done", Some(free.last())),
        Figure::ratio("last caller against the semaphore's", free.last(), floor.last())
            .at_most(1.1),
        Figure::count("creates", free.creates),
        Figure::count("creates, max_creating 1", capped.creates).at_most(6.0).only_if(can_cap),
        Figure::ratio("last caller, max_creating 1 against none", capped.last(), free.last())
            .at_most(1.1)
            .only_if(can_cap),
    ]
}

async fn of_semaphore() -> Spike {
    let semaphore = Arc::new(Semaphore::new(5));
    let times = callers(|| {
        let semaphore = Arc::clone(&semaphore);
        async move {
            let permit = semaphore.acquire().await.expect("it is not closed");
            sleep(WORK).await;
            drop(permit);
        }
    });
    Spike { times: times.await, creates: 0 }
}

/// `None` if the contender cannot limit its creates.
async fn of_pool<C: Contender>(max_creating: Option<usize>) -> Option<Spike> {
    let backend = Backend::new();
    let pool = C::build(Settings { max_creating, ..Settings::of(50) }, &backend)?;
    fill(&pool, &backend, 5).await;
    backend.set_creates(Plan::After(CREATE));
    let times = callers(|| {
        let pool = pool.clone();
        async move {
            let item = pool.get().await.expect("served");
            sleep(WORK).await;
            drop(item);
        }
    });
    let times = times.await;
    // Until the creates have ended that nobody needed, so that they disturb nobody else.
    sleep(CREATE).await;
    Some(Spike { times, creates: size(backend.creates()) })
}

/// Has 50 callers come at once.
async fn callers<F: Future<Output = ()> + Send + 'static>(
    mut call: impl FnMut() -> F,
) -> Vec<Duration> {
    let begun = Instant::now();
    let callers: Vec<JoinHandle<Duration>> = (0..50)
        .map(|_| {
            let call = call();
            tokio::spawn(async move {
                call.await;
                begun.elapsed()
            })
        })
        .collect();
    let mut times = Vec::with_capacity(callers.len());
    for caller in callers {
        times.push(caller.await.expect("a caller does not panic"));
    }
    times.sort_unstable();
    times
}

/// How long a caller keeps what it got.
const WORK: Duration = Duration::from_millis(2);

const CREATE: Duration = Duration::from_millis(150);
