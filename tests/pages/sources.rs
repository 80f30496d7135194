//! What is declared in the sources, as far as text tells.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The repository: its files, what they declare, and its packages.
#[derive(Default)]
pub(crate) struct Sources {
    /// Each file and folder, from the root, with `/` between.
    paths: BTreeSet<String>,
    declared: Vec<Declared>,
    /// Types that are another name of a type, and which.
    aliases: Vec<(String, String)>,
    packages: BTreeMap<String, Package>,
    /// Crates that one of them depends on, features, lints, and the functions of `.ci/run`.
    words: BTreeSet<String>,
    /// All Rust text, for variables of the environment.
    text: String,
}

/// Something that has a name.
struct Declared {
    name: String,
    /// The type or trait that it belongs to.
    owner: Option<String>,
    file: String,
}

/// A package of the workspace.
pub(crate) struct Package {
    pub(crate) folder: String,
    /// `test`, `example` or `bin`, its name, and its file from the root.
    pub(crate) targets: Vec<(String, String, String)>,
    pub(crate) features: BTreeSet<String>,
}

impl Sources {
    pub(crate) fn read(root: &Path) -> Self {
        let mut sources = Self::default();
        sources.walk(root, "");
        sources
    }

    fn walk(&mut self, folder: &Path, path: &str) {
        for entry in fs::read_dir(folder).expect("a folder that can be read") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a name in Unicode");
            let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            if [".git", "target"].contains(&name.as_str()) {
                continue;
            }
            self.paths.insert(path.clone());
            if entry.file_type().expect("its type").is_dir() {
                self.walk(&entry.path(), &path);
            } else if path == ".ci/run" {
                let text = fs::read_to_string(entry.path()).expect("text");
                self.words.extend(
                    text.lines().filter_map(|line| Some(line.strip_suffix("() {")?.to_owned())),
                );
            } else if name == "Cargo.toml" {
                self.read_manifest(&fs::read_to_string(entry.path()).expect("text"), &path);
            } else if is_rust(&path) && path != "tests/pages.rs" {
                // Whose own names are made up.
                let text = fs::read_to_string(entry.path()).expect("text");
                self.read_rust(&text, &path);
                self.text.push_str(&text);
            }
        }
    }

    fn read_manifest(&mut self, text: &str, path: &str) {
        let folder = path.strip_suffix("Cargo.toml").expect("its name").to_owned();
        let (mut name, mut targets, mut features) = (None, Vec::new(), BTreeSet::new());
        let (mut section, mut target) = ("", None);
        for line in text.lines() {
            if line.starts_with('[') {
                section = line.trim_matches(['[', ']']);
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let (key, value) = (key.trim(), value.trim().trim_matches('"').to_owned());
            match (section, key) {
                ("package", "name") => name = Some(value),
                ("test" | "example" | "bin", "name") => target = Some(value),
                ("test" | "example" | "bin", "path") => {
                    let file = resolved(&folder, &value);
                    targets.extend(target.take().map(|name| (section.to_owned(), name, file)));
                }
                ("features", feature) => {
                    features.insert(feature.to_owned());
                }
                _ if section.ends_with("dependencies") || section.contains("lints") => {
                    self.words.insert(key.to_owned());
                }
                _ => {}
            }
        }
        self.words.extend(features.iter().cloned());
        let Some(name) = name else { return };
        let folder = folder.trim_end_matches('/').to_owned();
        self.packages.insert(name, Package { folder, targets, features });
    }

    fn read_rust(&mut self, text: &str, path: &str) {
        // The block that a line stands in: its owner, and how far it is indented.
        let mut block: Option<(String, usize)> = None;
        for line in text.lines() {
            let code = line.trim_start();
            let indent = line.len() - code.len();
            if code.is_empty() || code.starts_with("//") {
                continue;
            }
            if block.as_ref().is_some_and(|(_, outer)| indent <= *outer && code.starts_with('}')) {
                block = None;
            }
            let opens = code.ends_with('{') || !code.ends_with([';', '}']);
            let owner = block.as_ref().map(|(owner, _)| owner.clone());
            let mut declare = |name: &str, owner| {
                let name = name.to_owned();
                self.declared.push(Declared { name, owner, file: path.to_owned() });
            };
            if let Some(owner) = implemented(code) {
                block = opens.then(|| (owner.to_owned(), indent));
            } else if let Some((keyword, name)) = declaration(code) {
                if keyword == "type"
                    && owner.is_none()
                    && let Some((_, it)) = code.split_once(" = ")
                {
                    self.aliases.push((name.to_owned(), type_name(it).to_owned()));
                }
                declare(name, owner);
                if ["struct", "enum", "trait", "union"].contains(&keyword) && opens {
                    block = Some((name.to_owned(), indent));
                }
            } else if block.as_ref().is_some_and(|(_, outer)| indent == outer + 4)
                && let Some(name) = member(code)
            {
                declare(name, owner);
            }
        }
    }

    /// Whether there is such a file or folder: from the root, beside the page, or with folders left
    /// out before it. `<name>` and `*` stand for any name; `.rs` may be left out.
    pub(crate) fn has_path(&self, page: &str, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let beside = page.rsplit_once('/').map_or("", |(folder, _)| folder);
        let beside = resolved(&format!("{beside}/"), path);
        let module = format!("{path}.rs");
        let mut paths = self.paths.iter();
        paths.any(|it| [path, &beside, &module].iter().any(|wanted| ends_as(it, wanted)))
    }

    /// Whether anything has this name: something declared, a module, a package, a target and so on.
    pub(crate) fn declares(&self, name: &str) -> bool {
        let mut targets = self.packages.values().flat_map(|package| &package.targets);
        self.declared.iter().any(|declared| declared.name == name)
            || self.paths.iter().any(|path| is_module(path, name))
            || self.packages.contains_key(&name.replace('_', "-"))
            || targets.any(|(_, target, _)| target == name)
            || self.words.contains(name)
    }

    pub(crate) fn declares_prefix(&self, prefix: &str) -> bool {
        self.declared.iter().any(|declared| declared.name.starts_with(prefix))
    }

    /// Whether a type or a module has such a member, or one that begins so.
    pub(crate) fn has_member(&self, owner: &str, name: &str, is_prefix: bool) -> bool {
        let is_it = |it: &str| if is_prefix { it.starts_with(name) } else { it == name };
        if owner.starts_with(|first: char| first.is_ascii_uppercase()) {
            let aliases = self.aliases.iter().filter(|(alias, _)| alias == owner);
            let owners: Vec<_> = aliases.map(|(_, it)| it.as_str()).chain([owner]).collect();
            let is_owner = |declared: &Declared| {
                declared.owner.as_deref().is_some_and(|owner| owners.contains(&owner))
            };
            return self.declared.iter().any(|it| is_owner(it) && is_it(&it.name));
        }
        let folder =
            self.packages.get(&owner.replace('_', "-")).map(|it| format!("{}/", it.folder));
        let is_inside = |file: &str| match &folder {
            Some(folder) => file.starts_with(folder),
            None => is_in_module(file, owner) || self.declares_in(file, owner),
        };
        let mut paths = self.paths.iter();
        self.declared.iter().any(|it| is_it(&it.name) && is_inside(&it.file))
            || paths.any(|path| is_module(path, name) && is_inside(path))
    }

    /// Whether a file has this at its top, such as a module within it.
    fn declares_in(&self, file: &str, name: &str) -> bool {
        self.declared.iter().any(|it| it.file == file && it.name == name && it.owner.is_none())
    }

    pub(crate) fn packages(&self) -> impl Iterator<Item = &str> {
        self.packages.keys().map(String::as_str)
    }

    pub(crate) fn package(&self, name: &str) -> Option<&Package> {
        self.packages.get(name)
    }

    pub(crate) fn has_file(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    /// Whether some function or module in these files has a name with this in it.
    pub(crate) fn has_test(&self, is_inside: impl Fn(&str) -> bool, filter: &str) -> bool {
        let mut declared = self.declared.iter();
        declared.any(|it| is_inside(&it.file) && it.name.contains(filter))
            || self.paths.iter().any(|path| is_inside(path) && stem(path).contains(filter))
    }

    /// Whether a program reads this variable of the environment.
    pub(crate) fn reads(&self, variable: &str) -> bool {
        self.text.contains(&format!("\"{variable}\""))
    }
}

pub(crate) fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "rs")
}

/// Whether a path is that of a module, folder or target with this name.
fn is_module(path: &str, name: &str) -> bool {
    stem(path) == name
}

/// Whether a file is that of a module, or one in its folder.
fn is_in_module(file: &str, module: &str) -> bool {
    stem(file) == module || file.split('/').any(|folder| folder == module)
}

/// The last part of a path, without `.rs`.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".rs").unwrap_or(name)
}

/// A path as it is from the root.
fn resolved(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether a path is `wanted`, or ends so, part by part.
fn ends_as(path: &str, wanted: &str) -> bool {
    let is_any = |part: &str| part.starts_with('<') || part.contains('*');
    let end = |part: &str| part.rsplit(['>', '*']).next().unwrap_or_default().to_owned();
    let mut path = path.rsplit('/');
    wanted.rsplit('/').all(|wanted| {
        let part = path.next();
        part.is_some_and(|part| part == wanted || (is_any(wanted) && part.ends_with(&end(wanted))))
    })
}

/// The keyword and the name of what a line declares.
fn declaration(code: &str) -> Option<(&str, &str)> {
    const BEFORE: [&str; 9] =
        ["pub", "crate", "super", "in", "async", "unsafe", "extern", "default", "const"];
    const KEYWORDS: [&str; 10] =
        ["fn", "struct", "enum", "trait", "type", "mod", "static", "union", "macro_rules", "const"];
    let mut words = code.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let mut words = words.by_ref().filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        let is_const = word == "const" && words.peek() != Some(&"fn");
        if KEYWORDS.contains(&word) && (word != "const" || is_const) {
            return words.next().map(|name| (word, name));
        }
        if !BEFORE.contains(&word) {
            return None;
        }
    }
    None
}

/// The type that an `impl` is for.
fn implemented(code: &str) -> Option<&str> {
    let rest = code.strip_prefix("impl")?;
    let rest = if rest.starts_with('<') { past_generics(rest) } else { rest.strip_prefix(' ')? };
    // The last one is not within `for<'a>`.
    let name = rest.rsplit_once(" for ").map_or(rest, |(_, name)| name);
    Some(type_name(name))
}

/// The name of a type that is written in full.
fn type_name(written: &str) -> &str {
    let path = written.trim_start().split(['<', ' ', '{', ';']).next().unwrap_or_default();
    path.rsplit("::").next().unwrap_or_default()
}

/// What follows `<..>`.
fn past_generics(code: &str) -> &str {
    let mut depth = 0;
    let mut previous = ' ';
    for (at, letter) in code.char_indices() {
        match letter {
            '<' => depth += 1,
            '>' if previous != '-' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &code[at + 1..];
        }
        previous = letter;
    }
    ""
}

/// The field or variant that a line of a type declares.
fn member(code: &str) -> Option<&str> {
    let code =
        code.strip_prefix("pub(crate) ").or_else(|| code.strip_prefix("pub ")).unwrap_or(code);
    let end = code.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')?;
    let (name, rest) = code.split_at(end);
    let is_member = rest.starts_with([',', '(', ':']) || rest.starts_with(" {");
    (is_member && !name.is_empty()).then_some(name)
}
