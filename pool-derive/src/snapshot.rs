//! One generated impl to read: what `snapshot/declared.rs` stands for is `snapshot/generated.rs`.
//!
//! `BLESS=1 cargo test -p pool-derive snapshot` writes it anew; read the difference.

use std::{env, fs};

use crate::entry;

#[test]
fn a_declaration_stands_for_this_impl() {
    let declared = include_str!("snapshot/declared.rs").parse().expect("it is Rust");
    let generated = entry::derive("pool_tokio", declared);
    let generated = prettyplease::unparse(&syn::parse2(generated).expect("it is Rust"));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/snapshot/generated.rs");
    if env::var_os("BLESS").is_some() {
        fs::write(file, &generated).expect("it can be written");
    }
    let committed = fs::read_to_string(file).expect("it is committed");
    assert_eq!(
        generated, committed,
        "if it is meant to be so: `BLESS=1 cargo test -p pool-derive snapshot`"
    );
}
