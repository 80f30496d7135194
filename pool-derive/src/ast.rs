//! What an annotation declares, whichever way it was written.
//!
//! The options above a type (`attr`) and the marked functions of an impl block (`marked`) are both
//! read into a [`Declaration`]; `valid` checks it and `expand` writes the impl.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, ExprClosure, ExprPath, Generics, Path, ReturnType, Type, token};

/// The type that is to be pooled.
pub(crate) struct Target<'a> {
    /// The type without its generic arguments if `generics` are its own, else with them.
    pub(crate) type_name: &'a dyn ToTokens,
    pub(crate) generics: &'a Generics,
    /// Whether `generics` are those of the type's definition, and not of an impl block.
    pub(crate) is_definition: bool,
    /// Where the annotation is: a second impl of the trait is reported there.
    pub(crate) annotation: Span,
}

/// How the resource is made, checked, reset and closed.
pub(crate) struct Declaration {
    /// The path of the library that has the trait.
    pub(crate) library: Path,
    /// `None` if it is missing or could not be read, which is then reported.
    pub(crate) create: Option<Create>,
    pub(crate) recycle: Option<Call>,
    pub(crate) reset: Option<Call>,
    pub(crate) reusable: Option<Call>,
    pub(crate) close: Option<Call>,
}

/// A constructor with its signature.
pub(crate) struct Create {
    pub(crate) call: Call,
    /// The types of the arguments as written; a valid constructor has at most one.
    pub(crate) arguments: Vec<Type>,
    pub(crate) output: ReturnType,
}

/// A function of the user's that the generated impl calls.
pub(crate) struct Call {
    /// Where the `async` is, if the call is awaited.
    pub(crate) asyncness: Option<Span>,
    pub(crate) callee: Callee,
    /// The `#[cfg]`s of the function, which hold for the generated method, too.
    pub(crate) conditions: Vec<Attribute>,
}

/// What is called.
pub(crate) enum Callee {
    /// With the user's parentheses, if any were written.
    Path(ExprPath, Option<token::Paren>),
    Closure(Box<ExprClosure>),
}

impl Declaration {
    pub(crate) fn new(library: Path) -> Self {
        Self { library, create: None, recycle: None, reset: None, reusable: None, close: None }
    }
}

impl Call {
    pub(crate) fn new(asyncness: Option<Span>, callee: Callee) -> Self {
        Self { asyncness, callee, conditions: Vec::new() }
    }
}

impl Callee {
    /// Where what is called was written.
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Path(path, _) => path.span(),
            Self::Closure(closure) => closure.span(),
        }
    }

    /// Where its arguments were written, or else what they belong to.
    pub(crate) fn arguments_span(&self) -> Span {
        match self {
            Self::Path(_, Some(parentheses)) => parentheses.span.join(),
            callee => {
                let last = callee.to_token_stream().into_iter().last();
                last.map_or_else(Span::call_site, |token| token.span())
            }
        }
    }
}

impl ToTokens for Callee {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Path(path, _) => path.to_tokens(tokens),
            Self::Closure(closure) => closure.to_tokens(tokens),
        }
    }
}
