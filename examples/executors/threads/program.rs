//! Eight threads and a future share two files, and no executor is to be seen.
//!
//! ```text
//! cargo run -p pool-example-threads --example on_threads
//! ```

use std::error::Error;
use std::io::{Read, Seek};
use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io, thread};

use pool_core::Pooled;
use pool_example_threads::Pool;

/// Opened once, and rewound whenever it comes back.
#[derive(Pooled)]
#[pooled(create = Self::open(&PathBuf) -> io::Result<Self>, reset = Self::rewind)]
struct Manual(fs::File);

impl Manual {
    fn open(path: &PathBuf) -> io::Result<Self> {
        fs::File::open(path).map(Self)
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.0.rewind()
    }

    fn words(&mut self) -> io::Result<usize> {
        let mut text = String::new();
        self.0.read_to_string(&mut text)?;
        Ok(text.split_whitespace().count())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let pool = Pool::<Manual>::builder(path).max_size(2).build()?;

    let counts = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| pool.get_blocking().expect("a file").words())).collect();
        threads.into_iter().map(|it| it.join().expect("no panic")).collect::<io::Result<Vec<_>>>()
    })?;
    assert!(counts.iter().all(|words| *words == counts[0] && *words > 0));

    // The same pool for whoever polls futures.
    let words = pollster::block_on(async { pool.get().await?.words().map_err(Box::from) });
    let words = words.map_err(|error: Box<dyn Error>| error)?;
    println!("{words} words, by 9 readers of {}", pool.status());
    let left = pollster::block_on(pool.close_within(Duration::from_secs(1)));
    left.map_err(|left| format!("something is still held: {left}").into())
}
