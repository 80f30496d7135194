//! The grammar of an option's value.
//!
//! ```text
//! create   = [async] path ( [&Type] ) [-> Type]   or a closure with typed arguments
//! recycle  = [async] path                         or a closure
//! reset    = [async] path                         or a closure
//! reusable = path                                 or a closure
//! close    = [async] path                         or a closure
//! ```
//!
//! The signature after a path is read by this grammar and not as an expression of Rust, in which
//! `&Vec<u8>` and `&dyn Trait` would be comparisons and errors.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Error, ExprPath, Ident, Result, ReturnType, Token, Type, parenthesized, token};

use crate::ast::{Call, Callee, Create};
use crate::closure::{self, Resource};
use crate::mistakes::Mistakes;
use crate::tokens::{rest_of_argument, rest_of_option, written};

/// What messages show as the way to write `create`.
pub(crate) const CREATE_EXAMPLE: &str = "create = async Self::connect(&Config) -> io::Result<Self>";

/// Reads the value of `create`; `None` if it has mistakes, which are then reported.
pub(crate) fn create(input: ParseStream<'_>, mistakes: &mut Mistakes) -> Result<Option<Create>> {
    let mut call = call(input)?;
    match &mut call.callee {
        Callee::Closure(closure) => {
            let signature = closure::signature(closure, mistakes);
            Ok(signature.map(|(arguments, output)| Create { call, arguments, output }))
        }
        Callee::Path(path, parentheses) => {
            if input.peek(token::Brace) {
                let mut literal = path.to_token_stream();
                literal.extend(rest_of_option(input));
                let message = "to make a value, write a closure: `|| Self { .. }`";
                return Err(Error::new_spanned(literal, message));
            }
            if !input.peek(token::Paren) {
                let path = path.to_token_stream();
                let message = format!(
                    "`create` names the constructor with its argument: `{0}(&Config)`, or `{0}()` if \
                     it takes none",
                    written(&path)
                );
                return Err(Error::new_spanned(path, message));
            }
            let content;
            *parentheses = Some(parenthesized!(content in input));
            let arguments = arguments(&content, mistakes);
            let output = output(input)?;
            Ok(arguments.map(|arguments| Create { call, arguments, output }))
        }
    }
}

/// Reads `[-> Type]`.
fn output(input: ParseStream<'_>) -> Result<ReturnType> {
    let ahead = input.fork();
    input.parse().map_err(|_| {
        let message = "the type after `->` is what the constructor returns once awaited, such as \
                       `io::Result<Self>`";
        Error::new_spanned(rest_of_option(&ahead), message)
    })
}

/// Reads the value of `recycle`.
pub(crate) fn recycle(input: ParseStream<'_>) -> Result<Call> {
    let call = call_with(Resource::Borrowed, input)?;
    no_signature(input, "`recycle` is called with `&mut Self` and returns `Result<(), Error>`")?;
    Ok(call)
}

/// Reads the value of `reset`.
pub(crate) fn reset(input: ParseStream<'_>) -> Result<Call> {
    let call = call_with(Resource::Borrowed, input)?;
    let signature =
        "`reset` is called with `&mut Self` and returns `Result<(), Error>`, or nothing";
    no_signature(input, signature)?;
    Ok(call)
}

/// Reads the value of `close`.
pub(crate) fn close(input: ParseStream<'_>) -> Result<Call> {
    let call = call_with(Resource::Owned, input)?;
    no_signature(input, "`close` is called with `Self` and returns nothing")?;
    Ok(call)
}

/// Reads the value of `reusable`.
pub(crate) fn reusable(input: ParseStream<'_>) -> Result<Call> {
    let call = call_with(Resource::Borrowed, input)?;
    if let Some(asyncness) = call.asyncness {
        let message = "`reusable` runs when an item is dropped and can't be awaited: remove `async`, \
                       or make it a `recycle`";
        return Err(Error::new(asyncness, message));
    }
    no_signature(input, "`reusable` is called with `&mut Self` and returns `bool`")?;
    Ok(call)
}

/// Reads `[async] path` or a closure that takes the resource.
fn call_with(resource: Resource, input: ParseStream<'_>) -> Result<Call> {
    let mut call = call(input)?;
    if let Callee::Closure(closure) = &mut call.callee {
        closure::take(resource, closure)?;
    }
    Ok(call)
}

/// Reads `[async] path` or a closure.
fn call(input: ParseStream<'_>) -> Result<Call> {
    if closure::is_next(input) {
        return closure::parse(input);
    }
    let asyncness = input.parse::<Option<Token![async]>>()?;
    if input.peek(token::Brace) || input.peek(Token![move]) {
        let mut block = asyncness.to_token_stream();
        block.extend(rest_of_option(input));
        let message = "a block can't run for each resource: name a function, \
                       `async Self::connect(&Config) -> io::Result<Self>`, or write a closure, \
                       `async |config: &Config| -> io::Result<Self> { .. }`";
        return Err(Error::new_spanned(block, message));
    }
    let ahead = input.fork();
    let path = input.parse::<ExprPath>().map_err(|_| {
        let message = "expected the path of a function, such as `Self::connect`, or a closure";
        Error::new_spanned(rest_of_option(&ahead), message)
    })?;
    if path.path.is_ident("self") {
        let message =
            "there is no `self` here: name the function by its path, such as `Self::name`";
        return Err(Error::new_spanned(rest_of_option(&ahead), message));
    }
    if input.peek(Token![<]) {
        let message = "the generic arguments of a function need `::` in front: `connect::<T>`";
        return Err(Error::new_spanned(rest_of_option(input), message));
    }
    Ok(Call::new(asyncness.as_ref().map(Spanned::span), Callee::Path(path, None)))
}

/// Refuses the signature that only `create` is written with.
fn no_signature(input: ParseStream<'_>, signature: &str) -> Result<()> {
    if input.peek(token::Paren) || input.peek(Token![->]) {
        let message = format!("{signature}: write its path alone");
        return Err(Error::new_spanned(rest_of_option(input), message));
    }
    Ok(())
}

/// Reads the types of a constructor's arguments; `None` if one of them can't be read.
fn arguments(input: ParseStream<'_>, mistakes: &mut Mistakes) -> Option<Vec<Type>> {
    let mut types = Vec::new();
    let mut are_types = true;
    while !input.is_empty() {
        match argument(input) {
            Ok(argument) => types.push(argument),
            Err(error) => {
                mistakes.add(error);
                are_types = false;
            }
        }
        if !input.is_empty() && input.parse::<Token![,]>().is_err() {
            mistakes.report(input.cursor().token_stream(), NO_TYPE);
            return None;
        }
    }
    are_types.then_some(types)
}

fn argument(input: ParseStream<'_>) -> Result<Type> {
    let ahead = input.fork();
    let is_type = ahead.parse::<Type>().is_ok() && (ahead.is_empty() || ahead.peek(Token![,]));
    if is_type && !input.peek(Token![_]) && !is_receiver(input) {
        return input.parse();
    }
    let message = if is_receiver(input) {
        NO_SELF.into()
    } else if input.peek(Token![_]) {
        "name the type of the config: `&Config`".into()
    } else if let Some(named_type) = type_of_named(input) {
        format!("write the argument's type alone: `{named_type}`")
    } else {
        NO_TYPE.into()
    };
    Err(Error::new_spanned(rest_of_argument(input), message))
}

/// Whether the argument is `self`, `&self` or `&mut self`.
fn is_receiver(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let is_prefixed =
        ahead.parse::<Option<Token![&]>>().is_ok() && ahead.parse::<Option<Token![mut]>>().is_ok();
    is_prefixed && ahead.peek(Token![self]) && !ahead.peek2(Token![::])
}

/// The type in `name: Type`.
fn type_of_named(input: ParseStream<'_>) -> Option<String> {
    let ahead = input.fork();
    let _name = ahead.call(Ident::parse_any).ok()?;
    let _colon = ahead.parse::<Token![:]>().ok()?;
    let named_type = ahead.parse::<Type>().ok()?;
    Some(written(&named_type))
}

const NO_SELF: &str = "a constructor has no `self`, as the resource is not yet made: \
                       it is an associated function, such as `Self::connect(&Config)`";
const NO_TYPE: &str = "an argument is written as its type, such as `&Config`: to pass a value, write \
                       a closure, `|| Self::connect(8080)`";
