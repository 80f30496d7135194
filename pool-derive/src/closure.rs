//! A closure as an option's value.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{
    Error, Expr, ExprClosure, Pat, Result, ReturnType, Token, Type, parse_quote,
    parse_quote_spanned,
};

use crate::ast::{Call, Callee};
use crate::mistakes::Mistakes;
use crate::tokens::rest_of_option;

/// How a closure takes the resource.
#[derive(Clone, Copy)]
pub(crate) enum Resource {
    Borrowed,
    Owned,
}

/// Whether a closure is next.
pub(crate) fn is_next(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let is_prefixed = ahead.parse::<Option<Token![async]>>().is_ok()
        && ahead.parse::<Option<Token![move]>>().is_ok();
    is_prefixed && ahead.peek(Token![|])
}

/// Reads a closure.
pub(crate) fn parse(input: ParseStream<'_>) -> Result<Call> {
    let ahead = input.fork();
    let closure = input.parse::<ExprClosure>().map_err(|error| {
        let closure = rest_of_option(&ahead);
        if lacks_braces(&closure) {
            let message = "the body of a closure with `->` needs braces: \
                           `|config: &Config| -> io::Result<Self> { .. }`";
            return Error::new_spanned(closure, message);
        }
        error
    })?;
    if let Expr::Async(block) = &*closure.body {
        let mut tokens = block.async_token.to_token_stream();
        block.capture.to_tokens(&mut tokens);
        let message = "write `async` in front of the closure: `async |config: &Config| { .. }`";
        return Err(Error::new_spanned(tokens, message));
    }
    let asyncness = closure.asyncness.as_ref().map(Spanned::span);
    Ok(Call::new(asyncness, Callee::Closure(Box::new(closure))))
}

/// What a constructor takes and returns; `None` if that has a mistake, which is then reported.
pub(crate) fn signature(
    closure: &ExprClosure,
    mistakes: &mut Mistakes,
) -> Option<(Vec<Type>, ReturnType)> {
    let mut types = Vec::new();
    let mut are_typed = true;
    for argument in &closure.inputs {
        if let Pat::Type(typed) = argument {
            let argument = &typed.ty;
            types.push(parse_quote!(#argument));
        } else {
            let message =
                "write the type of the argument, which is the config: `|config: &Config|`";
            mistakes.report(argument, message);
            are_typed = false;
        }
    }
    if let (ReturnType::Default, Some(question)) = (&closure.output, tried(&closure.body)) {
        let message = "a closure that can fail declares its return type: \
                       `|config: &Config| -> io::Result<Self> { .. }`";
        mistakes.report(question, message);
        return None;
    }
    let output = &closure.output;
    are_typed.then(|| (types, parse_quote!(#output)))
}

/// Makes sure that a closure takes the resource, and nothing else.
pub(crate) fn take(resource: Resource, closure: &mut ExprClosure) -> Result<()> {
    if closure.inputs.len() != 1 {
        let mut arguments = closure.inputs_begin.to_token_stream();
        closure.inputs.to_tokens(&mut arguments);
        closure.inputs_end.to_tokens(&mut arguments);
        return Err(Error::new_spanned(
            arguments,
            "this closure takes one argument, the resource: `|resource|`",
        ));
    }
    for argument in &mut closure.inputs {
        if let (Resource::Owned, Pat::Type(typed)) = (resource, &*argument)
            && matches!(&*typed.ty, Type::Reference(_))
        {
            let message = "this closure takes the resource by value, to close it: `|resource|`";
            return Err(Error::new_spanned(typed, message));
        }
        if !matches!(argument, Pat::Type(_)) {
            // Rust looks into the closure's body before it sees what the closure is called with.
            let pattern = argument.to_token_stream();
            let span = closure.inputs_end.span;
            *argument = Pat::Verbatim(match resource {
                Resource::Borrowed => parse_quote_spanned!(span=> #pattern: &mut Self),
                Resource::Owned => parse_quote_spanned!(span=> #pattern: Self),
            });
        }
    }
    Ok(())
}

/// Whether an arrow is there, but no braces are.
fn lacks_braces(closure: &TokenStream) -> bool {
    let mut has_arrow = false;
    let mut previous = None;
    for token in closure.clone() {
        let punct = match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return false,
            TokenTree::Punct(punct) => Some(punct.as_char()),
            _ => None,
        };
        has_arrow |= previous == Some('-') && punct == Some('>');
        previous = punct;
    }
    has_arrow
}

/// The `?` with which a body returns early, if it is sure to be the body's own.
fn tried(body: &Expr) -> Option<TokenTree> {
    let body = body.to_token_stream();
    let is_nested = any(&body, &|token| matches!(&*token.to_string(), "|" | "async" | "fn"));
    if is_nested { None } else { question(&body) }
}

fn any(tokens: &TokenStream, holds: &dyn Fn(&TokenTree) -> bool) -> bool {
    tokens.clone().into_iter().any(|token| match &token {
        TokenTree::Group(group) => any(&group.stream(), holds),
        token => holds(token),
    })
}

/// The first `?` that comes after an expression: macros know others.
fn question(tokens: &TokenStream) -> Option<TokenTree> {
    let mut is_expression = false;
    for token in tokens.clone() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '?' && is_expression => {
                return Some(token);
            }
            TokenTree::Punct(_) => is_expression = false,
            TokenTree::Group(group) => {
                if let Some(inside) = question(&group.stream()) {
                    return Some(inside);
                }
                is_expression = true;
            }
            _ => is_expression = true,
        }
    }
    None
}
