//! The page "Compiler errors explained", made of the files that are checked against the compiler.
//!
//! A mistake has three parts: its rule, which is the first line of its file; its program; and the message
//! that is expected of the compiler.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of `ui`, with what their mistakes have in common, in the order of the page.
const KINDS: [(&str, &str); 8] = [
    ("place", "Where an annotation goes"),
    ("option", "Options"),
    ("create", "The constructor"),
    ("check", "The health check and the quick check"),
    ("end", "Resets and closes"),
    ("closure", "Closures"),
    ("types", "What functions take and return"),
    ("marked", "Marked functions"),
];

const INTRODUCTION: &str = "\
# Compiler errors explained

Each mistake with the rule that it breaks, a program that makes it, and the compiler's message: where
the mistake is, and what to write instead.
";

/// The page as the files in `ui` have it.
pub(crate) fn written(ui: &Path) -> String {
    let known = KINDS.map(|(folder, _)| ui.join(folder));
    let unknown = entries(ui).into_iter().find(|folder| !known.contains(folder));
    assert_eq!(unknown, None, "the page has no heading for this folder");
    let mut page = INTRODUCTION.to_owned();
    for (folder, heading) in KINDS {
        write!(page, "\n## {heading}\n").expect("a string takes all");
        let files = entries(&ui.join(folder)).into_iter();
        for file in files.filter(|file| file.extension().is_some_and(|it| it == "rs")) {
            page += &mistake(&file);
        }
    }
    page
}

fn mistake(file: &Path) -> String {
    let text = read(file);
    let name = file.display();
    assert!(text.lines().count() <= 15, "{name} has more than 15 lines");
    let (first, program) = text.split_once('\n').expect("a program has lines");
    let rule = first.strip_prefix("//! ").expect("the first line is the rule");
    let rule = rule.strip_suffix('.').expect("a rule is a sentence");
    let program = program.trim().trim_start_matches("use pool_tokio::Pooled;\n");
    let program = program.trim_end_matches("fn main() {}").trim();
    let message = read(&file.with_extension("stderr"));
    let message = message.trim();
    format!("\n### {rule}\n\n```text\n{program}\n```\n\n```text\n{message}\n```\n")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of mistakes");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
