//! `#[pooled]` on an impl block, and the markers on its functions.

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{
    Attribute, FnArg, GenericParam, ImplItem, ImplItemFn, ItemImpl, ReceiverKind, Signature, Type,
    parse_quote, parse_quote_spanned,
};

use crate::ast::{Call, Callee, Create, Declaration};
use crate::mistakes::Mistakes;
use crate::{attr, nearest};

/// What a function may be marked as.
#[derive(Clone, Copy, PartialEq)]
enum Marker {
    Create,
    Recycle,
    Reset,
    Reusable,
    Close,
}

impl Marker {
    const ALL: [(&str, Self); 5] = [
        ("create", Self::Create),
        ("recycle", Self::Recycle),
        ("reset", Self::Reset),
        ("reusable", Self::Reusable),
        ("close", Self::Close),
    ];

    fn of(attribute: &Attribute) -> Option<Self> {
        let marker = Self::ALL.into_iter().find(|(name, _)| attribute.path().is_ident(name));
        marker.map(|(_, marker)| marker)
    }

    /// What was meant by an attribute that is almost a marker. One of another macro's that happens to
    /// be so can be written with its path.
    fn meant(attribute: &Attribute) -> Option<&'static str> {
        let name = attribute.path().get_ident()?;
        nearest::nearest(&name.to_string(), &Self::ALL.map(|(name, _)| name))
    }
}

/// Takes the markers off the functions of an impl block and reads what they say.
pub(crate) fn read(block: &mut ItemImpl, declaration: &mut Declaration, mistakes: &mut Mistakes) {
    // What was written as an argument is no longer missing.
    let are_arguments_valid = mistakes.is_empty();
    let mut given = Vec::new();
    let mut is_misspelt = false;
    for item in &mut block.items {
        is_misspelt |= refuse_annotations(item, mistakes) | refuse_misspelt(item, mistakes);
        for attribute in take_markers(item) {
            let Some(marker) = Marker::of(&attribute) else { continue };
            let name = attribute.path();
            if attribute.meta.require_path_only().is_err() {
                let name = name.to_token_stream();
                let message = format!(
                    "a marker has no arguments, `#[{name}]`: the function's signature says the rest"
                );
                mistakes.report(&attribute.meta, message);
            }
            let ImplItem::Fn(function) = &*item else {
                mistakes.report(&attribute, "only a function can be marked");
                continue;
            };
            if given.contains(&marker) {
                let name = name.to_token_stream();
                let message = format!(
                    "two functions are marked `#[{name}]`: keep one, or give each an impl block of \
                     its own with a `#[cfg]`"
                );
                mistakes.report(name, message);
            } else {
                read_function(marker, function, declaration, mistakes);
                given.push(marker);
            }
        }
    }
    if are_arguments_valid && !is_misspelt && !given.contains(&Marker::Create) {
        let message = "no function is marked `#[create]`: put it above the constructor, \
                       `async fn connect(config: &Config) -> io::Result<Self>`";
        mistakes.report(&block.self_ty, message);
    }
}

/// Returns whether a function is annotated as if it were a type. Takes that off, as it is no marker.
fn refuse_annotations(item: &mut ImplItem, mistakes: &mut Mistakes) -> bool {
    let ImplItem::Fn(function) = item else { return false };
    let annotations = function.attrs.extract_if(.., |attribute| attr::is_annotation(attribute));
    let annotations: Vec<Attribute> = annotations.collect();
    for annotation in &annotations {
        mistakes.report(annotation, "mark a function with one word, such as `#[create]`");
    }
    !annotations.is_empty()
}

/// Returns whether a function has what is almost a marker. Takes that off, as it is in no scope.
fn refuse_misspelt(item: &mut ImplItem, mistakes: &mut Mistakes) -> bool {
    let ImplItem::Fn(function) = item else { return false };
    let is_misspelt = |attribute: &mut Attribute| {
        Marker::of(attribute).is_none() && Marker::meant(attribute).is_some()
    };
    let misspelt: Vec<Attribute> = function.attrs.extract_if(.., is_misspelt).collect();
    for attribute in &misspelt {
        if let Some(name) = Marker::meant(attribute) {
            let message = format!("there is no such marker: did you mean `#[{name}]`?");
            mistakes.report(attribute.path(), message);
        }
    }
    !misspelt.is_empty()
}

/// Takes the markers off an impl block whose functions can't be marked.
pub(crate) fn strip(block: &mut ItemImpl) {
    for item in &mut block.items {
        take_markers(item);
    }
}

fn read_function(
    marker: Marker,
    function: &ImplItemFn,
    declaration: &mut Declaration,
    mistakes: &mut Mistakes,
) {
    let signature = &function.sig;
    let are_types_known = no_generics(signature, mistakes);
    let mut call = call(signature);
    let conditions = function.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    call.conditions = conditions.map(|condition| parse_quote!(#condition)).collect();
    match marker {
        Marker::Create if are_types_known => {
            declaration.create = create(call, signature, mistakes);
        }
        Marker::Create => {}
        Marker::Recycle => {
            borrows_resource(signature, mistakes);
            declaration.recycle = Some(call);
        }
        Marker::Reset => {
            borrows_resource(signature, mistakes);
            declaration.reset = Some(call);
        }
        Marker::Reusable => {
            borrows_resource(signature, mistakes);
            if let Some(asyncness) = &signature.asyncness {
                let message = "`#[reusable]` runs when an item is dropped and can't be awaited: \
                               remove `async`, or mark it `#[recycle]`";
                mistakes.report(asyncness, message);
            }
            declaration.reusable = Some(call);
        }
        Marker::Close => {
            owns_resource(signature, mistakes);
            declaration.close = Some(call);
        }
    }
}

/// Takes the markers off an item. They are in no scope, so that none may stay.
fn take_markers(item: &mut ImplItem) -> Vec<Attribute> {
    let attributes = match item {
        ImplItem::Fn(function) => &mut function.attrs,
        ImplItem::Const(constant) => &mut constant.attrs,
        ImplItem::Type(alias) => &mut alias.attrs,
        ImplItem::Macro(call) => &mut call.attrs,
        _ => return Vec::new(),
    };
    attributes.extract_if(.., |attribute| Marker::of(attribute).is_some()).collect()
}

fn call(signature: &Signature) -> Call {
    let name = &signature.ident;
    let path = parse_quote_spanned!(name.span()=> Self::#name);
    Call::new(signature.asyncness.as_ref().map(Spanned::span), Callee::Path(path, None))
}

fn create(call: Call, signature: &Signature, mistakes: &mut Mistakes) -> Option<Create> {
    let mut arguments: Vec<Type> = Vec::new();
    for argument in &signature.inputs {
        let FnArg::Typed(typed) = argument else {
            let message = "a constructor has no `self`, as the resource is not yet made: its one \
                           argument is `config: &Config`";
            mistakes.report(argument, message);
            return None;
        };
        let argument = &typed.ty;
        arguments.push(parse_quote!(#argument));
    }
    let output = &signature.output;
    Some(Create { call, arguments, output: parse_quote!(#output) })
}

fn borrows_resource(signature: &Signature, mistakes: &mut Mistakes) {
    let message = "this function borrows the resource and takes nothing else: write `&mut self`";
    takes(signature, mistakes, message, |receiver| !matches!(receiver, ReceiverKind::Value));
}

fn owns_resource(signature: &Signature, mistakes: &mut Mistakes) {
    let message =
        "this function takes the resource by value, to close it, and nothing else: write `self`";
    takes(signature, mistakes, message, |receiver| matches!(receiver, ReceiverKind::Value));
}

/// Makes sure that a function takes the resource alone. Any other argument than `self` is for the
/// compiler to judge.
fn takes(
    signature: &Signature,
    mistakes: &mut Mistakes,
    message: &str,
    is_right: impl Fn(&ReceiverKind) -> bool,
) {
    match signature.inputs.first() {
        None => mistakes.report(&signature.ident, message),
        Some(FnArg::Receiver(receiver)) if !is_right(&receiver.kind) => {
            mistakes.report(receiver, message);
        }
        Some(_) => {}
    }
    for argument in signature.inputs.iter().skip(1) {
        mistakes.report(argument, message);
    }
}

/// The types have to be known without a call: lifetimes are the only parameters. Returns whether they
/// are.
fn no_generics(signature: &Signature, mistakes: &mut Mistakes) -> bool {
    let mut are_known = true;
    for parameter in &signature.generics.params {
        if !matches!(parameter, GenericParam::Lifetime(_)) {
            let message = "a marked function has no generic parameters of its own: put them on the \
                           impl block";
            mistakes.report(parameter, message);
            are_known = false;
        }
    }
    for argument in &signature.inputs {
        if let FnArg::Typed(typed) = argument
            && typed.ty.to_token_stream().into_iter().any(|token| token.to_string() == "impl")
        {
            mistakes.report(&typed.ty, "name the argument's type: it can't be inferred");
            are_known = false;
        }
    }
    are_known
}
