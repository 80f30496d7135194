//! The wall around the pure part: it knows itself and the words that are said, and nothing else.

use std::fs;
use std::path::{Path, PathBuf};

/// The files that say words: no lock, no user code, no I/O stands in them.
const SAID: [&str; 5] = ["counters", "event", "settings", "state", "status"];

#[test]
fn the_state_machine_imports_only_itself_and_the_words_that_are_said() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![src.join("state.rs")];
    add_files(&src.join("state"), &mut files);
    assert!(files.len() > 10, "the rooms of the state machine have moved");
    for file in files {
        let text = fs::read_to_string(&file).expect("a source");
        for path in text.split("crate::").skip(1) {
            let room = path.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
            let room = room.into_iter().next().expect("a path has a first part");
            assert!(SAID.contains(&room), "{} reaches crate::{room}", file.display());
        }
    }
}

/// The said words import nothing of what is carried out either.
#[test]
fn the_words_that_are_said_reach_no_room_of_the_shell() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for room in SAID.iter().filter(|room| **room != "state") {
        let text = fs::read_to_string(src.join(room).with_extension("rs")).expect("a source");
        let code = text.lines().filter(|line| line.trim_start().starts_with("use "));
        for line in code {
            assert!(
                !line.contains("crate::shell") && !line.contains("crate::pool::"),
                "{room}: {line}"
            );
        }
    }
}

fn add_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            // The tests may look over the wall.
            if path.file_name().is_some_and(|name| name != "tests") {
                add_files(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path.file_name().is_some_and(|name| name != "tests.rs")
        {
            files.push(path);
        }
    }
}
