//! From the tokens that the compiler gives to those it gets.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Item, ItemImpl, Path, Result, parse_quote};

use crate::ast::{Declaration, Target};
use crate::mistakes::Mistakes;
use crate::{attr, expand, marked, valid};

/// `#[derive(Pooled)]`.
pub(crate) fn derive(library: &str, input: TokenStream) -> TokenStream {
    syn::parse2(input)
        .map_or_else(syn::Error::into_compile_error, |input| derived(library_path(library), &input))
}

/// `#[pooled]`, on any item.
pub(crate) fn attribute(library: &str, arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let library = library_path(library);
    let expanded = syn::parse2(item.clone()).and_then(|parsed| match parsed {
        Item::Impl(block) => Ok(marked_impl(library, arguments, block)),
        other => misplaced(library, &other),
    });
    expanded.unwrap_or_else(|error| {
        let error = error.into_compile_error();
        quote!(#error #item)
    })
}

fn derived(library: Path, input: &DeriveInput) -> TokenStream {
    let annotations: Vec<&Attribute> =
        input.attrs.iter().filter(|attribute| attr::is_annotation(attribute)).collect();
    let target = Target {
        type_name: &input.ident,
        generics: &input.generics,
        is_definition: true,
        annotation: annotations.first().map_or_else(Span::call_site, |first| first.path().span()),
    };
    let mut mistakes = Mistakes::default();
    attr::refuse_inside(&input.data, &mut mistakes);
    if annotations.is_empty() {
        return if mistakes.is_empty() {
            expand::check(&target, &library).unwrap_or_default()
        } else {
            implementation(&target, &Declaration::new(library), mistakes)
        };
    }
    let declaration = attr::read(&annotations, library, &mut mistakes);
    valid::check(&declaration, &mut mistakes);
    implementation(&target, &declaration, mistakes)
}

fn marked_impl(library: Path, arguments: TokenStream, mut block: ItemImpl) -> TokenStream {
    let mut mistakes = Mistakes::default();
    if let Some((implemented, _)) = &block.trait_ {
        let message = "`#[pooled]` belongs on the type's own impl block, not on a trait's: \
                       `impl Connection { .. }`";
        mistakes.report(implemented, message);
        marked::strip(&mut block);
        let errors = mistakes.into_compile_errors();
        return quote!(#errors #block);
    }
    let mut declaration = attr::read_of_impl(arguments, library, &mut mistakes);
    marked::read(&mut block, &mut declaration, &mut mistakes);
    valid::check(&declaration, &mut mistakes);
    let target = Target {
        type_name: &block.self_ty,
        generics: &block.generics,
        is_definition: false,
        annotation: Span::call_site(),
    };
    let implementation = implementation(&target, &declaration, mistakes);
    quote!(#block #implementation)
}

fn implementation(
    target: &Target<'_>,
    declaration: &Declaration,
    mistakes: Mistakes,
) -> TokenStream {
    if mistakes.is_empty() {
        return expand::pooled(target, declaration);
    }
    let fallback = expand::fallback(target, declaration);
    let errors = mistakes.into_compile_errors();
    quote!(#errors #fallback)
}

/// `#[pooled]` on anything but an impl block.
fn misplaced(library: Path, item: &Item) -> Result<TokenStream> {
    let (ident, generics) = match item {
        Item::Struct(item) => (&item.ident, &item.generics),
        Item::Enum(item) => (&item.ident, &item.generics),
        Item::Union(item) => (&item.ident, &item.generics),
        other => {
            let message = if matches!(other, Item::Fn(_)) {
                "`#[pooled]` belongs on the impl block: mark the function inside it with `#[create]`"
            } else {
                "`#[pooled]` belongs on an impl block, or below `#[derive(Pooled)]` on a type"
            };
            return Err(syn::Error::new(Span::call_site(), message));
        }
    };
    let message = "`#[pooled(..)]` on a type needs `#[derive(Pooled)]`: put the derive above it, and \
                   write `pooled` without a path";
    let mut mistakes = Mistakes::default();
    mistakes.add(syn::Error::new(Span::call_site(), message));
    let target =
        Target { type_name: ident, generics, is_definition: true, annotation: Span::call_site() };
    let implementation = implementation(&target, &Declaration::new(library), mistakes);
    Ok(quote!(#item #implementation))
}

fn library_path(library: &str) -> Path {
    let library = Ident::new(library, Span::call_site());
    parse_quote!(::#library)
}
