//! Tokens as such: where an option or an argument ends, and how a message shows what was written.
//!
//! Nothing is reported here. What an option means is known to `attr`, what its value means to `value`
//! and `closure`.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, Token};

/// Whether `name =` is next.
pub(crate) fn begins_option(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==])
}

/// Whether a comma is next that the next option or the end follows.
pub(crate) fn ends_option(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    ahead.parse::<Token![,]>().is_ok() && (ahead.is_empty() || begins_option(&ahead))
}

/// Takes all that is left of an option, up to the comma before the next one.
pub(crate) fn rest_of_option(input: ParseStream<'_>) -> TokenStream {
    let mut rest = TokenStream::new();
    while !input.is_empty() && !ends_option(input) && !begins_option(input) {
        if let Ok(token) = input.parse::<TokenTree>() {
            token.to_tokens(&mut rest);
        }
    }
    rest
}

/// Takes all that is left of an option and the comma after it.
pub(crate) fn skip_option(input: ParseStream<'_>) {
    rest_of_option(input);
    let _comma = input.parse::<Token![,]>();
}

/// Takes an option that is not known. Returns its name if it has one, else all of it.
pub(crate) fn rest_of_unknown(input: ParseStream<'_>) -> TokenStream {
    if !begins_option(input) {
        return rest_of_option(input);
    }
    let name = input.parse::<TokenTree>().map(TokenStream::from).unwrap_or_default();
    rest_of_option(input);
    name
}

/// Takes an argument that can't be read.
pub(crate) fn rest_of_argument(input: ParseStream<'_>) -> TokenStream {
    let mut rest = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        if let Ok(token) = input.parse::<TokenTree>() {
            token.to_tokens(&mut rest);
        }
    }
    rest
}

/// Tokens as their author would write them, for a message.
pub(crate) fn written(tokens: &impl ToTokens) -> String {
    let spaced = tokens.to_token_stream().to_string();
    [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" >", ">"),
        ("& ", "&"),
        (" ,", ","),
    ]
    .into_iter()
    .fold(spaced, |text, (from, to)| text.replace(from, to))
}
