//! The rules of a declaration, beyond its grammar.
//!
//! Reported here is only what the tokens show. Whether functions have the declared types, the compiler
//! finds: the impl calls them so that its errors are on the user's tokens.

use quote::ToTokens;
use syn::{Error, Result, ReturnType, Type, TypeReference};

use crate::ast::{Callee, Create, Declaration};
use crate::mistakes::Mistakes;
use crate::tokens::written;

/// Reports every mistake in a declaration that could be read.
pub(crate) fn check(declaration: &Declaration, mistakes: &mut Mistakes) {
    let Some(create) = &declaration.create else { return };
    for error in [config(create).err(), output(create).err()].into_iter().flatten() {
        mistakes.add(error);
    }
}

/// The config's type; `None` if the constructor needs nothing.
pub(crate) fn config(create: &Create) -> Result<Option<&Type>> {
    let argument = match &create.arguments[..] {
        [] => return Ok(None),
        [argument] => strip(argument),
        [_, others @ ..] => {
            let others = others.iter().map(ToTokens::to_token_stream);
            let others = others.reduce(|first, next| quote::quote!(#first, #next));
            let message = "a constructor takes one argument, the config: make the config a struct with \
                           these, too";
            return Err(Error::new_spanned(others, message));
        }
    };
    match argument {
        Type::Reference(reference) => lent_config(create, reference).map(Some),
        by_value => {
            let message = format!(
                "the pool keeps the config and passes each create a reference: take `&{}`",
                written(by_value)
            );
            Err(Error::new_spanned(by_value, message))
        }
    }
}

fn lent_config<'a>(create: &Create, reference: &'a TypeReference) -> Result<&'a Type> {
    let config = strip(&reference.elem);
    let owned = owned(config);
    let sized = owned.clone().unwrap_or_else(|| written(config));
    let is_static = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
    let message = if matches!(config, Type::ImplTrait(_) | Type::Infer(_)) {
        "name the type of the config, `&Config`: it can't be inferred".into()
    } else if reference.mutability.is_some() {
        format!("all creates share the config: take `&{sized}`")
    } else if is_static {
        format!("a create only borrows the config: take `&{sized}`")
    } else if owned.is_some() {
        // A declared function may differ from its declaration by what a reference derefs to.
        let passed_on = match &create.call.callee {
            Callee::Path(_, Some(_)) => format!(", which is passed on as `{}`", written(reference)),
            _ => String::new(),
        };
        format!("the pool keeps the config, so its type must be sized: write `&{sized}`{passed_on}")
    } else {
        return Ok(config);
    };
    Err(Error::new_spanned(reference, message))
}

/// What owns a value whose type has no size.
fn owned(config: &Type) -> Option<String> {
    match config {
        Type::Slice(slice) => Some(format!("Vec<{}>", written(&slice.elem))),
        Type::TraitObject(_) => Some(format!("Box<{}>", written(config))),
        Type::Path(path) if path.path.is_ident("str") => Some("String".into()),
        _ => None,
    }
}

/// What the constructor is declared to return, awaited; `None` if it returns the resource.
pub(crate) fn output(create: &Create) -> Result<Option<&Type>> {
    let ReturnType::Type(_, output) = &create.output else { return Ok(None) };
    let output = strip(output);
    let mistake = match output {
        Type::Path(path) => path.path.segments.last().and_then(|last| match &last.ident {
            name if name == "Option" => Some(NO_OPTION),
            name if name == "Pin" || name == "BoxFuture" => Some(NO_FUTURE),
            _ => None,
        }),
        Type::ImplTrait(_) => Some(NO_FUTURE),
        Type::Macro(_) | Type::Verbatim(_) => None,
        _ => Some("a constructor returns the resource, or a `Result` of it"),
    };
    let mistake = mistake.or_else(|| written(output).contains("Self::Error").then_some(NO_ERROR));
    match mistake {
        Some(message) => Err(Error::new_spanned(output, message)),
        None => Ok(Some(output)),
    }
}

/// The type without the parentheses around it, or the invisible ones that a macro leaves.
fn strip(mut outer: &Type) -> &Type {
    loop {
        outer = match outer {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            stripped => return stripped,
        };
    }
}

const NO_FUTURE: &str = "name the output of the future, such as `io::Result<Self>`, and write `async` in front \
                         of the function";
const NO_ERROR: &str =
    "name the type of the error: `Self::Error` is only defined by this declaration";
const NO_OPTION: &str =
    "a create that makes no resource has failed: return a `Result`, whose error says why";
