//! Fills the database and scans for words, in one walk through the folder.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar};
use tokio::task::{block_in_place, yield_now};

use super::database::{Database, Index};
use super::failure::Failure;
use super::folder::{LeftOut, texts};
use super::words::{FileId, Scan, Words};

/// What was indexed.
#[derive(Debug)]
pub(crate) struct Indexed {
    pub(crate) words: Words,
    files: FileId,
    bytes: u64,
    total_words: u64,
    left_out: LeftOut,
    took: Duration,
}

impl fmt::Display for Indexed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { words, files, bytes, total_words, left_out, took } = self;
        writeln!(
            f,
            "files: {files}, {}; words: {}, {} of them distinct; in {took:.1?}",
            HumanBytes(*bytes),
            HumanCount(*total_words),
            HumanCount(words.distinct() as u64),
        )?;
        write!(f, "{left_out}")
    }
}

/// Indexes the text files of a folder.
///
/// # Cancel safety
///
/// May be dropped between two files; the database is then unfinished.
pub(crate) async fn index(folder: &Path, database: &impl Database) -> Result<Indexed, Failure> {
    let started = Instant::now();
    let bar = ProgressBar::new_spinner().with_message("files");
    let mut writer = database.create().await.map_err(Failure::database)?;
    let mut scan = Scan::default();
    let mut left_out = LeftOut::default();
    let (mut files, mut bytes) = (0, 0);

    let mut texts = texts(folder)?;
    while let Some(text) = block_in_place(|| texts.next()) {
        match text {
            Ok(text) => {
                files += 1;
                bytes += text.len() as u64;
                block_in_place(|| scan.add(files, &text));
                writer.insert(files, &text).await.map_err(Failure::database)?;
                bar.inc(1);
            }
            Err(reason) => left_out.count(reason),
        }
        // Here an interrupt gets its turn.
        yield_now().await;
    }
    writer.finish().await.map_err(Failure::database)?;
    bar.finish_and_clear();

    let total_words = scan.total();
    let none = || Failure::NoWords { folder: folder.to_owned(), left_out };
    let words = scan.finish().ok_or_else(none)?;
    Ok(Indexed { words, files, bytes, total_words, left_out, took: started.elapsed() })
}
