//! Commands as they stand on a page: whether what they run exists.

use crate::sources::{Package, Sources};

/// What a line of shell names that does not exist; nothing if it is no command of cargo's.
pub(crate) fn misses(line: &str, sources: &Sources) -> Vec<String> {
    let line = line.split(" # ").next().unwrap_or(line);
    let words: Vec<_> = line.split_whitespace().collect();
    let Some(cargo) = words.iter().position(|word| *word == "cargo") else { return Vec::new() };
    let mut misses = Vec::new();
    for word in &words[..cargo] {
        let variable = word.split('=').next().unwrap_or(word);
        if variable.starts_with("POOL_") && !sources.reads(variable) {
            misses.push(format!("{variable} is read by nothing: {line}"));
        }
    }
    let command = Command::read(&words[cargo + 1..]);
    command.check(sources, |what| misses.push(format!("{what}: {line}")));
    misses
}

/// The parts of a command that name something.
#[derive(Default)]
struct Command<'a> {
    /// `test`, `run` and so on.
    verb: &'a str,
    packages: Vec<&'a str>,
    /// `test` or `example`, and a name.
    target: Option<(&'a str, &'a str)>,
    features: Vec<&'a str>,
    /// What the names of the tests that run have in them.
    filters: Vec<&'a str>,
    /// Files and folders of the repository.
    paths: Vec<&'a str>,
}

impl<'a> Command<'a> {
    fn read(words: &[&'a str]) -> Self {
        let mut command = Self::default();
        let mut words = words.iter().copied().filter(|word| !word.starts_with('+'));
        command.verb = words.next().unwrap_or_default();
        let takes_filters = command.verb == "test";
        let mut is_behind = false;
        while let Some(word) = words.next() {
            if word.starts_with("tests/") || word.starts_with("pool-") && word.contains('/') {
                command.paths.push(word);
                continue;
            }
            match word {
                "--" => is_behind = true,
                "-p" | "--package" if !is_behind => command.packages.extend(words.next()),
                "--features" if !is_behind => {
                    command.features.extend(words.next().iter().flat_map(|all| all.split(',')));
                }
                "--test" | "--example" | "--bin" if !is_behind => {
                    command.target = words.next().map(|name| (&word[2..], name));
                }
                "--profile" | "--target" | "--bench" if !is_behind => drop(words.next()),
                word if takes_filters && !word.starts_with('-') => command.filters.push(word),
                _ => {}
            }
        }
        command
    }

    fn check(&self, sources: &Sources, mut miss: impl FnMut(String)) {
        let mut packages = Vec::new();
        for name in self.packages.iter().filter(|name| **name != "..") {
            match sources.package(name) {
                Some(package) => packages.push(package),
                None => miss(format!("no package {name}")),
            }
        }
        if packages.len() < self.packages.len() {
            return;
        }
        if packages.is_empty() {
            packages.extend(sources.packages().filter_map(|name| sources.package(name)));
        }
        for path in &self.paths {
            if !sources.has_path("", path.trim_matches('\'')) {
                miss(format!("no {path}"));
            }
        }
        // What `cargo add` adds is another crate's.
        for feature in self.features.iter().filter(|_| self.verb != "add") {
            if !packages.iter().any(|package| package.features.contains(*feature)) {
                miss(format!("no feature {feature}"));
            }
        }
        let mut files: Vec<_> = packages.iter().map(|package| package.folder.clone()).collect();
        if let Some((kind, name)) = self.target {
            files = packages.iter().filter_map(|it| target(sources, it, kind, name)).collect();
            if files.is_empty() {
                return miss(format!("no {kind} {name}"));
            }
        }
        for filter in &self.filters {
            let is_inside = |file: &str| {
                files.iter().any(|it| {
                    let rest = file.strip_prefix(it.as_str());
                    rest.is_some_and(|rest| {
                        [None, Some('/'), Some('.')].contains(&rest.chars().next())
                    })
                })
            };
            if !filter.split("::").all(|part| sources.has_test(is_inside, part)) {
                miss(format!("no test {filter}"));
            }
        }
    }
}

/// Where a package's target has its files: all of them begin so.
fn target(sources: &Sources, package: &Package, kind: &str, name: &str) -> Option<String> {
    let declared = package.targets.iter().find(|it| it.0 == kind && it.1 == name);
    let folder = format!("{}/{kind}s/{name}", package.folder);
    // One that cargo finds by itself, as it is not declared.
    let found = [format!("{folder}.rs"), format!("{folder}/main.rs")];
    let mut files = declared.map(|it| &it.2).into_iter().chain(&found);
    let file = files.find(|file| sources.has_file(file))?;
    Some(file.trim_end_matches(".rs").trim_end_matches("/main").to_owned())
}
