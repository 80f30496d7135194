//! Many tasks that ask, and check what they are told.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fastrand::Rng;
use hdrhistogram::Histogram;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use tokio::task::JoinSet;

use super::failure::Failure;
use super::source::{Reply, Source};
use super::words::{Occurrences, Words};

/// Who asks how much.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) words: Arc<Words>,
    pub(crate) tasks: usize,
    pub(crate) queries: u64,
    pub(crate) seed: u64,
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (queries, tasks) = (HumanCount(self.queries), HumanCount(self.busy_tasks()));
        write!(f, "asking {queries} queries each way, by {tasks} tasks")
    }
}

/// How long it all took, and each query.
#[derive(Debug)]
pub(crate) struct Times {
    pub(crate) queries: u64,
    pub(crate) total: Duration,
    pub(crate) latencies: Latencies,
}

/// In nanoseconds.
#[derive(Clone, Debug)]
pub(crate) struct Latencies {
    pub(crate) wait: Histogram<u64>,
    pub(crate) hold: Histogram<u64>,
}

impl Load {
    /// Asks all queries, the same ones each time it is called.
    ///
    /// # Errors
    ///
    /// The first failure of any task, a wrong answer included; the other tasks are then aborted.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time: its tasks end at their next await.
    pub(crate) async fn run(
        &self,
        title: &'static str,
        source: Arc<impl Source>,
    ) -> Result<Times, Failure> {
        let bar = ProgressBar::new(self.queries).with_style(style()).with_message(title);
        let latencies = Arc::new(Mutex::new(Latencies::new()));
        let started = Instant::now();
        let mut tasks = JoinSet::new();
        let mut seeds = Rng::with_seed(self.seed);
        for queries in self.shares() {
            let (words, rng) = (Arc::clone(&self.words), seeds.fork());
            let (source, latencies) = (Arc::clone(&source), Arc::clone(&latencies));
            let bar = bar.clone();
            tasks.spawn(async move { ask(&*source, &words, queries, rng, &latencies, &bar).await });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap_or_else(|error| resume_unwind(error.into_panic()))?;
        }
        let total = started.elapsed();
        bar.finish_and_clear();
        let latencies = latencies.lock().expect("no task panicked").clone();
        Ok(Times { queries: self.queries, total, latencies })
    }

    /// How many queries each task asks.
    fn shares(&self) -> impl Iterator<Item = u64> {
        let tasks = self.busy_tasks();
        let (share, rest) = (self.queries / tasks, self.queries % tasks);
        (0..tasks).map(move |task| share + u64::from(task < rest))
    }

    /// No more tasks than queries.
    fn busy_tasks(&self) -> u64 {
        self.queries.min(self.tasks as u64)
    }
}

impl Times {
    #[expect(clippy::cast_precision_loss, reason = "no rate is read to 15 digits")]
    pub(crate) fn queries_per_second(&self) -> f64 {
        self.queries as f64 / self.total.as_secs_f64()
    }
}

impl Latencies {
    fn new() -> Self {
        let empty = Histogram::new(3).expect("3 digits are possible");
        Self { wait: empty.clone(), hold: empty }
    }

    fn record(&mut self, reply: &Reply) {
        self.wait += nanoseconds(reply.wait);
        self.hold += nanoseconds(reply.hold);
    }
}

/// One task: asks one query after the other.
async fn ask(
    source: &impl Source,
    words: &Words,
    queries: u64,
    mut rng: Rng,
    latencies: &Mutex<Latencies>,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    for _ in 0..queries {
        let expected = words.draw(&mut rng);
        let reply = source.search(&expected.0).await?;
        check(expected, &reply)?;
        latencies.lock().expect("no task panicked").record(&reply);
        bar.inc(1);
    }
    Ok(())
}

/// Compares an answer with what the scan found.
fn check((word, expected): &Occurrences, reply: &Reply) -> Result<(), Failure> {
    if *expected == reply.files {
        return Ok(());
    }
    let missing = expected.iter().filter(|file| !reply.files.contains(file)).count();
    let surplus = reply.files.iter().filter(|file| !expected.contains(file)).count();
    Err(Failure::WrongAnswer { word: word.to_string(), missing, surplus })
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg} {wide_bar} {human_pos} of {human_len}, {eta} left")
        .expect("the template is well formed")
}
