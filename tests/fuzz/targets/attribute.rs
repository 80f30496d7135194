//! Random source for the derive and the attribute macro: whatever is written, they answer with Rust, or
//! with mistakes that have words. (Where a mistake is can't be told here: `proc-macro2` knows no places
//! under `cfg(fuzzing)`.)
//!
//! A procedural macro's crate offers nothing but its macros, and those only run inside the compiler:
//! so its modules are part of this program.
#![no_main]
#![allow(dead_code, reason = "not all that the macros use is reached from here")]

#[path = "../../../pool-derive/src/ast.rs"]
mod ast;
#[path = "../../../pool-derive/src/attr.rs"]
mod attr;
#[path = "../../../pool-derive/src/closure.rs"]
mod closure;
#[path = "../../../pool-derive/src/entry.rs"]
mod entry;
#[path = "../../../pool-derive/src/expand.rs"]
mod expand;
#[path = "../../../pool-derive/src/marked.rs"]
mod marked;
#[path = "../../../pool-derive/src/mistakes.rs"]
mod mistakes;
#[path = "../../../pool-derive/src/nearest.rs"]
mod nearest;
#[path = "../../../pool-derive/src/tokens.rs"]
mod tokens;
#[path = "../../../pool-derive/src/valid.rs"]
mod valid;
#[path = "../../../pool-derive/src/value.rs"]
mod value;

use libfuzzer_sys::{Corpus, fuzz_target};
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

fuzz_target!(|source: &str| -> Corpus { answer(source) });

/// The first letter says what the rest is: `o`, options above a type; `f`, the functions of an impl
/// block; `a`, the arguments of the attribute on one; `i`, what the attribute stands on; else what
/// the derive does.
fn answer(source: &str) -> Corpus {
    let mut letters = source.chars();
    let (Some(kind), rest) = (letters.next(), letters.as_str()) else { return Corpus::Reject };
    // `syn` recurses as deep as its input does, and so does the compiler, before any macro runs.
    if rest.chars().filter(|letter| "([{<&*!-|.".contains(*letter)).count() > MOST_NESTED {
        return Corpus::Reject;
    }
    let Ok(rest) = rest.parse::<TokenStream>() else { return Corpus::Reject };
    let none = TokenStream::new();
    check(match kind {
        'o' => derive(quote!(
            #[pooled(#rest)]
            struct Connection<T: Send>(T);
        )),
        'f' => attribute(none, quote!(impl<T: Send> Connection<T> { #rest })),
        'a' => attribute(rest, quote!(impl Connection { #[create] fn new() -> Self { Self } })),
        'i' => attribute(none, rest),
        _ => derive(rest),
    });
    Corpus::Keep
}

fn derive(item: TokenStream) -> TokenStream {
    entry::derive("pool_core", item)
}

fn attribute(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::attribute("pool_core", arguments, &item)
}

/// What comes out is Rust, or says why not.
fn check(answer: TokenStream) {
    let messages = messages(&answer);
    let is_rust = syn::parse2::<syn::File>(answer.clone()).is_ok();
    assert!(is_rust || !messages.is_empty(), "neither Rust nor a message: {answer}");
    assert!(messages.iter().all(|words| !words.is_empty()), "no words: {answer}");
}

/// What each `compile_error!` says.
fn messages(answer: &TokenStream) -> Vec<String> {
    let mut messages = Vec::new();
    let mut is_next = false;
    for token in answer.clone() {
        match token {
            TokenTree::Ident(ident) => is_next = ident == "compile_error",
            TokenTree::Group(group) if std::mem::take(&mut is_next) => {
                messages.push(group.stream().to_string().trim_matches(['"', ' ']).to_owned());
            }
            _ => {}
        }
    }
    messages
}

/// Openings of brackets and operators at most.
const MOST_NESTED: usize = 100;
