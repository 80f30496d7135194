//! The job on small folders, from the command line's words to what is printed.

use std::fs;
use std::path::Path;

use super::words::Scan;
use super::*;

#[test]
fn a_small_folder_is_indexed_and_asked_both_ways() {
    let folder = folder(&[("a.txt", b"one two"), ("b/c.txt", b"Two, three: two")]);
    let printed = run_on(folder.path()).expect("the job is done");
    assert!(printed.contains("files: 2, 22 B; words: 5, 3 of them distinct"), "{printed}");
    assert!(printed.contains("all answers equal"), "{printed}");
    let opened = printed.lines().find(|line| line.starts_with("connections opened"));
    let opened: Vec<_> = opened.expect("it is told").split_whitespace().skip(2).collect();
    let pooled: u8 = opened[0].parse().expect("a number");
    assert!((1..=2).contains(&pooled), "{printed}");
    assert_eq!(opened[1], "200", "{printed}");
    assert!(printed.contains("pool before: size 0 of 2: 0 idle"), "{printed}");
    assert!(
        printed.contains(&format!("pool after:  size {pooled} of 2: {pooled} idle")),
        "{printed}"
    );
}

#[test]
fn what_is_no_text_of_the_folder_is_left_out_and_counted() {
    let large = vec![b'x'; (1 << 20) + 1];
    let folder = folder(&[
        ("text", b"word"),
        ("latin-1", b"gr\xfc\xdfe"),
        ("with-nul", b"nul\0"),
        ("large", &large),
        (".git/config", b"hidden"),
        ("crate/target/out", b"built"),
    ]);
    let printed = run_on(folder.path()).expect("the job is done");
    assert!(printed.contains("files: 1, 4 B; words: 1,"), "{printed}");
    assert!(printed.contains("left out: 2 not text, 1 larger than 1.00 MiB, 0 unre"), "{printed}");
}

#[test]
fn a_missing_folder_a_file_and_a_folder_without_words_are_told_apart() {
    let folder = folder(&[("empty.txt", b"")]);
    for (path, told) in [
        (folder.path().join("missing"), "can't read folder"),
        (folder.path().join("empty.txt"), "can't read folder"),
        (folder.path().to_owned(), "no words to search for in"),
    ] {
        let failure = run_on(&path).expect_err("nothing to search");
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.chain().starts_with(told), "{}", failure.chain());
        assert!(!failure.chain().contains('\n'), "{}", failure.chain());
    }
}

#[test]
fn an_answer_unlike_the_scan_is_a_failure_that_tells_the_word() {
    let files = folder(&[("a", b"word")]);
    let home = tempfile::tempdir().expect("a temporary folder");
    let database = Sqlite::within(home.path());
    let failure = Runtime::new().expect("a runtime").block_on(async {
        index(files.path(), &database).await.expect("it is indexed");
        let mut elsewhere = Scan::default();
        elsewhere.add(1, "other");
        elsewhere.add(2, "other");
        let words = Arc::new(elsewhere.finish().expect("there is a word"));
        let load = Load { words, tasks: 2, queries: 2, seed: 1 };
        let pool =
            Pool::<database::sqlite::Connection>::builder(database).build().expect("defaults fit");
        load.run("", Arc::new(Shared::<Sqlite> { pool })).await.expect_err("no file has this word")
    });
    assert_eq!(failure.exit_code(), 1);
    assert_eq!(failure.chain(), "wrong answer for \"other\": 2 files missing, 0 too many");
}

fn run_on(folder: &Path) -> Result<String, Failure> {
    let mut printed = Vec::new();
    let mut cli = Cli::parse_from("search --queries 200 --tasks 50 --pool-size 2".split(' '));
    folder.clone_into(&mut cli.folder);
    run(&cli, &mut printed)?;
    Ok(String::from_utf8(printed).expect("what is printed is text"))
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }
    folder
}
