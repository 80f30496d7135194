//! The text files of a folder.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use indicatif::HumanBytes;
use walkdir::{DirEntry, WalkDir};

use super::failure::Failure;

/// How many files were not taken, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) not_text: u64,
    pub(crate) too_large: u64,
    pub(crate) unreadable: u64,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It is not UTF-8, or has a NUL in it.
    NotText,
    /// It has more than [`LARGEST`] bytes.
    TooLarge,
    /// It, or the folder it would be in, can't be read.
    Unreadable,
}

impl LeftOut {
    pub(crate) fn count(&mut self, reason: Reason) {
        *match reason {
            Reason::NotText => &mut self.not_text,
            Reason::TooLarge => &mut self.too_large,
            Reason::Unreadable => &mut self.unreadable,
        } += 1;
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { not_text, too_large, unreadable } = self;
        let largest = HumanBytes(LARGEST);
        write!(
            f,
            "left out: {not_text} not text, {too_large} larger than {largest}, \
             {unreadable} unreadable"
        )
    }
}

/// Reads the text of each regular file below `folder`, in the order of their names, symbolic links
/// not followed.
pub(crate) fn texts(
    folder: &Path,
) -> Result<impl Iterator<Item = Result<String, Reason>> + use<>, Failure> {
    // Tells a missing folder, one without permission and a file from an empty folder.
    fs::read_dir(folder).map_err(|source| Failure::Folder { folder: folder.to_owned(), source })?;
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    Ok(entries.filter_entry(is_wanted).filter_map(|entry| match entry {
        Ok(file) if file.file_type().is_file() => Some(text(&file)),
        Ok(_) => None,
        Err(_) => Some(Err(Reason::Unreadable)),
    }))
}

/// The folder itself is always wanted, even if it is called `target`.
fn is_wanted(entry: &DirEntry) -> bool {
    let is_left_out = [".git", "target"].map(OsStr::new).contains(&entry.file_name());
    entry.depth() == 0 || !(is_left_out && entry.file_type().is_dir())
}

fn text(file: &DirEntry) -> Result<String, Reason> {
    let size = file.metadata().map_err(|_| Reason::Unreadable)?.len();
    if size == 0 {
        // Not opened, as system folders have files that claim to be empty and never end.
        return Ok(String::new());
    }
    if size > LARGEST {
        return Err(Reason::TooLarge);
    }
    let bytes = read(file.path()).map_err(|_| Reason::Unreadable)?;
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        _ => Err(Reason::NotText),
    }
}

/// Reads no more than is wanted, however the file has grown meanwhile.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Larger files are rarely written by hand, and would be most of the index.
const LARGEST: u64 = 1 << 20;
