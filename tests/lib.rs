//! What the tests share: the fixture of `pool_core::testing`, on tokio, and ways to let others run.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use pool_core::testing::{Backend, Probe};
use pool_tokio::{Builder, Pool, Tokio};

/// A [`Backend`] whose probes are pooled on tokio.
pub trait OnTokio {
    /// A backend where everything succeeds at once, and whose time is tokio's.
    fn on_tokio() -> Self;

    /// Starts building a pool of this backend's probes.
    fn pool(&self) -> Builder<Probe, Tokio>;
}

impl OnTokio for Backend {
    fn on_tokio() -> Self {
        Self::new(Tokio::default())
    }

    fn pool(&self) -> Builder<Probe, Tokio> {
        Pool::<Probe>::builder(self.clone())
    }
}

/// Polls once, with a waker that wakes nobody.
pub fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Lets every task that is ready run until none is.
pub async fn let_others_run() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Builds a pool of so many resources and has all of them made.
///
/// # Panics
///
/// If the settings disagree or a create fails.
pub async fn filled(builder: Builder<Probe, Tokio>, count: usize) -> Pool<Probe> {
    let pool = builder.max_size(count).build().expect("settings agree");
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(pool.get().await.expect("made"));
    }
    drop(items);
    let_others_run().await;
    pool
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    #[test]
    fn the_readmes_show_the_quickstart_program() {
        let program = include_str!("../examples/quickstart.rs");
        for readme in [include_str!("../README.md"), include_str!("../pool-tokio/README.md")] {
            let (_, code) = readme.split_once("```rust\n").expect("an example");
            let (code, _) = code.split_once("```\n").expect("its end");
            assert!(program.ends_with(code), "it and examples/quickstart.rs differ:\n{code}");
            let lines = code.lines().filter(|line| !line.is_empty()).count();
            assert!(lines <= 40, "{lines} lines");
        }
    }

    /// A registry shows them where no file of the repository stands beside them.
    #[test]
    fn the_readmes_of_published_crates_link_to_nothing_relative() {
        let readmes = [
            include_str!("../pool-core/README.md"),
            include_str!("../pool-derive/README.md"),
            include_str!("../pool-tokio/README.md"),
        ];
        for readme in readmes {
            let targets: Vec<_> = readme.split("](").skip(1).collect();
            assert!(!targets.is_empty());
            for target in targets {
                assert!(target.starts_with("https://docs.rs/"), "relative: {target}");
            }
        }
    }
}
