//! The pages name what exists: each type, method, test, file, package and target that stands in
//! backticks on one of them is in the sources, and each of their commands runs something.
//!
//! It reads text and compiles nothing, so it knows a name by its declaration: a type by `struct` and
//! its like, a method by an `impl` of that type, a module by its file. A word that belongs to
//! somebody else, such as a type of the standard library, is listed in `ELSEWHERE`. What is no name,
//! such as an expression, is passed over.

#[path = "pages/commands.rs"]
mod commands;
#[path = "pages/sources.rs"]
mod sources;

use std::fs;
use std::path::Path;

use sources::{Sources, is_rust};

/// The pages that are read.
const PAGES: [&str; 7] = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "LAWS.md",
    "PROOFS.md",
    "README.md",
    "examples/README.md",
    "tests/README.md",
];

/// Names of Rust, of its standard library, of tools and of other crates.
const ELSEWHERE: &str = "Arc Box Debug Default Display Drop Err Instant LocalSet Mutex None Ok
    Option Result Send Some Sync UnwindSafe Vec Waker allow async await expect format_version
    futures ignore impl park repository std tokio unsafe unwrap .cargo_vcs_info.json";

/// Where a plain word in backticks, such as `data`, need not be a name.
const PLAIN: [&str; 3] = ["CONTRIBUTING.md", "README.md", "examples/README.md"];

/// What one page says.
#[derive(Default)]
struct Page {
    /// Where it stands, as it is addressed from the root.
    path: String,
    /// What stands in backticks, and each file in a drawing, with its line.
    spans: Vec<(usize, String)>,
    /// What stands in blocks of shell commands.
    commands: Vec<(usize, String)>,
    /// Where its links lead.
    links: Vec<(usize, String)>,
}

impl Page {
    fn read(path: &str, text: &str) -> Self {
        let mut page = Self { path: path.to_owned(), ..Self::default() };
        let mut fence = None;
        let mut command = String::new();
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(kind) = line.trim_start().strip_prefix("```") {
                fence = if fence.is_some() { None } else { Some(kind.trim().to_owned()) };
                continue;
            }
            match fence.as_deref() {
                Some("sh") => {
                    let (part, goes_on) =
                        line.strip_suffix('\\').map_or((line, false), |part| (part, true));
                    command.push_str(part);
                    if !goes_on {
                        page.commands.push((number, std::mem::take(&mut command)));
                    }
                }
                Some("") | None => {
                    let odd = line.split('`').enumerate().filter(|(at, _)| at % 2 == 1);
                    page.spans.extend(odd.map(|(_, span)| (number, span.to_owned())));
                    if fence.is_some() {
                        let words = line.split_whitespace();
                        let files = words.filter(|word| word.ends_with('/') || is_rust(word));
                        page.spans.extend(files.map(|file| (number, file.to_owned())));
                    }
                    let links = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
                    page.links.extend(links.map(|link| (number, link.to_owned())));
                }
                Some(_) => {}
            }
        }
        page
    }

    /// What it names that does not exist.
    fn misses(&self, sources: &Sources) -> Vec<String> {
        let mut misses = Vec::new();
        let mut miss = |line: usize, what: &str| {
            misses.push(format!("{}:{line}: {what}", self.path));
        };
        for (line, span) in &self.spans {
            if span.contains("cargo ") {
                for what in commands::misses(span, sources) {
                    miss(*line, &what);
                }
            } else if !self.is_there(span, sources) {
                miss(*line, &format!("`{span}`"));
            }
        }
        for (line, command) in &self.commands {
            for what in commands::misses(command, sources) {
                miss(*line, &what);
            }
        }
        for (line, link) in &self.links {
            let file = link.split('#').next().unwrap_or_default();
            if !link.contains("://") && !file.is_empty() && !sources.has_path(&self.path, file) {
                miss(*line, &format!("a link to {link}"));
            }
        }
        misses
    }

    /// Whether a span names something that exists, or is no name.
    fn is_there(&self, span: &str, sources: &Sources) -> bool {
        if is_elsewhere(span) {
            return true;
        }
        if is_path(span) {
            return sources.has_path(&self.path, span);
        }
        if is_package(span) {
            return sources.packages().any(|package| package.ends_with(span));
        }
        // `pool.fill().await?`
        let calls = span.split('.').skip(1).filter_map(|call| call.split_once('('));
        let mut calls = calls.map(|(call, _)| call).filter(|call| is_name(call));
        if !calls.all(|call| is_elsewhere(call) || sources.declares(call)) {
            return false;
        }
        let Some((names, is_prefix)) = names(span) else { return true };
        match names.as_slice() {
            [name, ..] if is_elsewhere(name) => true,
            [name] if is_plain(name) && PLAIN.contains(&self.path.as_str()) => true,
            [name] if is_prefix => sources.declares_prefix(name),
            [name] => sources.declares(name),
            [.., owner, name] => {
                let mut outer = names[..names.len() - 1].windows(2);
                outer.all(|pair| sources.has_member(pair[0], pair[1], false))
                    && sources.has_member(owner, name, is_prefix)
            }
            [] => true,
        }
    }
}

fn is_elsewhere(word: &str) -> bool {
    ELSEWHERE.split_whitespace().any(|name| name == word)
}

/// The names in `Type<T>::method(argument)`, and whether they end in "..", which stands for a rest.
fn names(span: &str) -> Option<(Vec<&str>, bool)> {
    let (span, is_prefix) = span.strip_suffix("..").map_or((span, false), |span| (span, true));
    let span = if span.ends_with(')') { span.split_once('(')?.0 } else { span };
    let span = if span.ends_with('>') { span.split_once('<')?.0 } else { span };
    let names: Vec<_> = span.split("::").collect();
    // A generic parameter, such as `T`, is no name.
    let are_names = names.iter().all(|name| is_name(name) && name.len() > 1);
    are_names.then_some((names, is_prefix))
}

/// Whether it is a name; not one of a constant or of a variable of the environment, nor the beginning
/// or end of a name.
fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic())
        && !word.ends_with('_')
        && word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && word.contains(|letter: char| letter.is_ascii_lowercase())
}

/// Whether it may be any word.
fn is_plain(name: &str) -> bool {
    name.chars().all(|letter| letter.is_ascii_lowercase())
}

fn is_path(span: &str) -> bool {
    let ends = [".rs", ".md", ".toml", ".lock", ".json", ".txt", ".stderr"];
    !span.contains([' ', '(', '=', ':'])
        && !span.trim_matches('/').is_empty()
        && !span.starts_with("//")
        && (span.contains('/') || ends.iter().any(|end| span.ends_with(end)))
}

/// Whether it is the name of a package, or the end of one: `-redis`, after `pool-example-postgres`.
fn is_package(span: &str) -> bool {
    let is_end = span.starts_with('-') && !span.starts_with("--") && span.len() > 2;
    (is_end || span.starts_with("pool-"))
        && span.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')
}

#[test]
fn what_the_pages_name_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let sources = Sources::read(&root);
    let (mut misses, mut spans, mut lines) = (Vec::new(), 0, 0);
    for path in PAGES {
        let text = fs::read_to_string(root.join(path)).expect("the page exists");
        let page = Page::read(path, &text);
        misses.extend(page.misses(&sources));
        spans += page.spans.len();
        lines += page.commands.len();
    }
    assert!(spans > 300 && lines > 20, "only {spans} spans and {lines} commands were found");
    assert!(
        misses.is_empty(),
        "no such thing:\n{}\na name of another crate belongs into `ELSEWHERE` in tests/pages.rs",
        misses.join("\n")
    );
}

#[test]
fn each_test_file_is_on_the_page_about_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("tests/README.md")).expect("the page");
    let sources = Sources::read(&root);
    for (_, name, file) in &sources.package("pool-tests").expect("this package").targets {
        let file = file.strip_prefix("tests/").expect("its folder");
        assert!(
            page.contains(&format!("\n| [`{name}`]({file}) |")),
            "{name} is not in tests/README.md"
        );
    }
}

/// The first test tells what exists from what does not.
#[test]
fn what_does_not_exist_is_found() {
    let sources = Sources::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    let right = [
        "`Pool`",
        "`Pool::close`",
        "`Backend::assert_whole`",
        "`State<T, E, W>`",
        "`GetError::Closed`",
        "`Settings::max_size`",
        "`pool_core::testing`",
        "`waiting::nobody_over..`",
        "`get()`",
        "`failure::creates_never_exceed_the_need`",
        "`creates_never_exceed_the_need`",
        "`pool-core`",
        "`tests/ui/<kind>/<mistake>.stderr`",
        "`cargo test -p pool-tests --test failure -- creates_`",
        "`cargo run --example quickstart`",
        "`pool.fill().await?`",
        "`a == b`",
        "[page](PROOFS.md#x)",
        "`cargo test --test derive page`",
        "`cargo run -p pool-bench --example outage`",
        "`Arc`",
        "`cargo test -p pool-core --lib models`",
        "`POOL_STORM=1 cargo test`",
        "`T`",
        "`-redis`",
    ];
    let wrong = [
        "`Pole`",
        "`Pool::clothe`",
        "`Backend::retire`",
        "`Stat<T, E, W>`",
        "`GetError::Clothed`",
        "`Settings::fill`",
        "`pool_core::nesting`",
        "`waiting::nobody_undertakes..`",
        "`got_it()`",
        "`waiting::creates_never_exceed_the_need`",
        "`creates_never_exceed_the_knead`",
        "`pool-apple`",
        "`tests/ui/<kind>/<mistake>.stdin`",
        "`cargo test -p pool-tests --test failure -- crates_`",
        "`cargo run --example slowstart`",
        "`pool.fell().await?`",
        "`tests/gates`",
        "[page](PROOF.md)",
        "`cargo test --test derive paging`",
        "`cargo run -p pool-bench --example inrage`",
        "`tests/no.rs`",
        "`cargo test -p pool-core --lib muddles`",
        "`POOL_STORMS=1 cargo test`",
        "`cargo test -p pool`",
        "`cargo test --test failures`",
        "`-radish`",
        "`mishaps`",
    ];
    for line in right {
        assert_eq!(Page::read("PROOFS.md", line).misses(&sources), [""; 0], "{line}");
    }
    for line in wrong {
        assert_eq!(Page::read("PROOFS.md", line).misses(&sources).len(), 1, "{line}");
    }
}
