//! A change of what a published crate offers is seen in a diff, or it is not made.
//!
//! `BLESS=1 cargo test -p pool-test-api` writes the listings anew; read the difference, for what it
//! breaks.
//!
//! A listing is made of rustdoc's JSON. That is unstable, so its format belongs to one compiler: the
//! one that `rust-toolchain.toml` names, which is told to allow it, and not a nightly, which is another
//! tomorrow. `public-api`, which reads it, is held at the version that knows this format.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use public_api::Builder;

#[test]
fn pool_core_offers_what_is_listed() {
    assert_listed("pool-core");
}

#[test]
fn pool_derive_offers_what_is_listed() {
    assert_listed("pool-derive");
}

#[test]
fn pool_tokio_offers_what_is_listed() {
    assert_listed("pool-tokio");
}

/// Compares what the crate offers, with all its features, with its listing.
fn assert_listed(name: &str) {
    let listing = Builder::from_rustdoc_json(json(name))
        .omit_blanket_impls(true)
        .build()
        .expect("`public-api` knows the format of this compiler's rustdoc");
    let offered = listing.to_string();
    let file = Path::new(HERE).join(name).with_extension("txt");
    if env::var_os("BLESS").is_some() {
        fs::write(&file, &offered).expect("it can be written");
    }
    let listed = fs::read_to_string(&file).expect("it is committed");
    assert!(offered == listed, "{name} offers something else: {}", difference(&listed, &offered));
}

/// Has rustdoc write what the crate offers, and says where.
fn json(name: &str) -> PathBuf {
    // Of its own, as the test runner may hold the lock of the other.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rustdoc");
    let output = Command::new(env!("CARGO"))
        .args(["rustdoc", "--locked", "--lib", "--all-features", "-p", name, "--target-dir"])
        .arg(&target)
        .args(["--", "-Zunstable-options", "--output-format=json"])
        .current_dir(HERE)
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTDOCFLAGS")
        .output()
        .expect("cargo can be run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "rustdoc failed: {said}");
    target.join("doc").join(name.replace('-', "_")).with_extension("json")
}

/// The lines that only one of them has, and what to do.
fn difference(listed: &str, offered: &str) -> String {
    let [before, after] = [listed, offered].map(|it| it.lines().collect::<BTreeSet<_>>());
    let gone = before.difference(&after).map(|line| format!("\n- {line}"));
    let come = after.difference(&before).map(|line| format!("\n+ {line}"));
    let lines: String = gone.chain(come).collect();
    format!(
        "{lines}\nif it is meant to be so: `BLESS=1 cargo test -p pool-test-api`, and CHANGELOG.md"
    )
}

const HERE: &str = env!("CARGO_MANIFEST_DIR");
