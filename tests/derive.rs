//! The derive, checked against programs: those in `tests/pass` compile and run, those in `tests/ui` have
//! one mistake each, with the message that is expected of the compiler. The derive's documentation has
//! a page of these messages.
//!
//! `TRYBUILD=overwrite cargo test --test derive a_mistake` writes each `.stderr` anew, and then
//! `BLESS=1 cargo test --test derive page` the page; read the differences.

#[path = "derive/page.rs"]
mod page;

use std::path::Path;
use std::{env, fs};

#[test]
fn what_is_right_compiles_and_runs() {
    trybuild::TestCases::new().pass("pass/*.rs");
}

#[test]
fn a_mistake_is_reported_where_it_is_with_its_remedy() {
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}

#[test]
fn the_page_of_mistakes_says_what_the_compiler_does() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = tests.join("../pool-derive/COMPILER_MESSAGES.md");
    let page = page::written(&tests.join("ui"));
    if env::var_os("BLESS").is_some() {
        fs::write(&file, &page).expect("the page can be written");
    }
    let is_current = fs::read_to_string(&file).is_ok_and(|committed| committed == page);
    assert!(is_current, "write the page anew: `BLESS=1 cargo test --test derive page`");
}
